#include "http/known_key.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

using namespace admission;
const wall_time noon = wall_time(std::chrono::hours(500'000));
const std::int64_t noon_s = 500'000 * 3600LL;

std::shared_ptr<key_entry> key(std::string id) {
  auto k = std::make_shared<key_entry>();
  k->id = std::move(id);
  return k;
}
std::shared_ptr<const key_ring> ring_of(std::shared_ptr<const key_entry> a, std::int64_t a_ends = 0) {
  return std::make_shared<const key_ring>(std::unordered_map<token_hash, ring_token>{{hash_token("sk-a"), {std::move(a), a_ends}}, {hash_token("sk-b"), {key("b"), 0}}});
}

TEST(KnownKey, AnswersAsTheRingDoesWhateverWasAskedBefore) {
  const auto ring = ring_of(key("a"));
  known_key known;
  for (const auto* token : {"sk-a", "sk-a", "sk-b", "sk-a", "sk-c", "sk-c", "", "sk-a", "sk-aa", "sk-", "em_x", "sk-b", "sk-b"}) {
    const auto expected = ring->authenticate(token, noon), got = known.authenticate(ring, token, noon);
    ASSERT_EQ(expected.has_value(), got.has_value()) << token;
    if (got) EXPECT_EQ((*got)->id, (*expected)->id);
    else EXPECT_EQ(got.error().message, expected.error().message);
  }
}

TEST(KnownKey, ATokenThatEndsWhileItIsKnownOpensNothing) {
  const auto ring = ring_of(key("a"), noon_s + 10);
  known_key known;
  EXPECT_TRUE(known.authenticate(ring, "sk-a", noon));
  EXPECT_TRUE(known.authenticate(ring, "sk-a", noon + seconds(9)));
  EXPECT_EQ(known.authenticate(ring, "sk-a", noon + seconds(10)).error().code, "expired_api_key");
  EXPECT_TRUE(known.authenticate(ring, "sk-a", noon)) << "a clock that goes back";
}

TEST(KnownKey, AnotherRingIsAskedAnew) {
  known_key known;
  auto ring = ring_of(key("a"));
  ASSERT_TRUE(known.authenticate(ring, "sk-a", noon));
  auto revoked = key("a");
  revoked->is_revoked = true;
  ring = ring_of(revoked);  // the first is gone; this one may stand where it stood
  EXPECT_EQ(known.authenticate(ring, "sk-a", noon).error().code, "revoked_api_key");
  ring = ring_of(key("another"));
  EXPECT_EQ((*known.authenticate(ring, "sk-a", noon))->id, "another");
  ring = std::make_shared<const key_ring>();
  EXPECT_EQ(known.authenticate(ring, "sk-a", noon).error().code, "invalid_api_key");
}

TEST(KnownKey, KeepsNoRingAlive) {
  known_key known;
  auto ring = ring_of(key("a"));
  const std::weak_ptr<const key_ring> watch = ring;
  ASSERT_TRUE(known.authenticate(ring, "sk-a", noon));
  ring.reset();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace edgemesh::http
