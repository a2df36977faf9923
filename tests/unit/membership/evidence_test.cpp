// What is read and checked once stays known, within bounds; what is not evidence is refused.
#include "membership/evidence.hpp"

#include <gtest/gtest.h>

#include "tests/unit/membership/rig.hpp"

namespace edgemesh::membership::testing {
namespace {

/// Counts what it is asked.
class counting_signing : public fake_signing {
 public:
  counting_signing() : fake_signing(key(0)) {}
  bool verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const override {
    ++asked;
    return fake_signing::verify(signer, bytes, signature);
  }
  mutable int asked = 0;
};

TEST(EvidenceCache, ChecksEachSignatureOnce) {
  counting_signing keys;
  evidence_cache cache(keys, rig_mesh, 100);
  for (int i = 0; i < 10; ++i) {
    const auto e = cache.read(accusation_by(1, 2, 5));
    ASSERT_TRUE(e);
    EXPECT_TRUE(cache.is_genuine(*e));
  }
  EXPECT_EQ(keys.asked, 1);
}

TEST(EvidenceCache, RemembersAForgeryAsOne) {
  counting_signing keys;
  evidence_cache cache(keys, rig_mesh, 100);
  auto forged = liveness_of(1, 5);
  forged.back() = static_cast<char>(forged.back() ^ 1);
  const auto e = cache.read(forged);
  ASSERT_TRUE(e);
  EXPECT_FALSE(cache.is_genuine(*e));
  EXPECT_FALSE(cache.is_genuine(*cache.read(forged)));
  EXPECT_EQ(keys.asked, 1);
  EXPECT_TRUE(cache.is_genuine(*cache.read(liveness_of(1, 5)))) << "the true one is another record";
}

TEST(EvidenceCache, ForgetsTheOldestAndStillKnowsTheTruth) {
  counting_signing keys;
  evidence_cache cache(keys, rig_mesh, 4);
  const auto first = cache.read(liveness_of(1, 1));
  EXPECT_TRUE(cache.is_genuine(*first));
  for (std::uint64_t n = 2; n < 50; ++n) cache.read(liveness_of(n, 1));
  EXPECT_TRUE(cache.is_genuine(*first));
  EXPECT_EQ(keys.asked, 2);
}

TEST(EvidenceCache, RefusesWhatIsNoEvidence) {
  counting_signing keys;
  evidence_cache cache(keys, rig_mesh, 4);
  EXPECT_FALSE(cache.read(""));
  EXPECT_FALSE(cache.read("garbage"));
  EXPECT_FALSE(cache.read(std::string(100'000, 'x')));
  EXPECT_FALSE(cache.read(proto::seal({keys, rig_mesh, {1, 1}, 0}, proto::node_body{}).raw)) << "a record of another kind";
  EXPECT_FALSE(cache.read(accusation_by(3, 3, 1))) << "nobody accuses itself";
  EXPECT_FALSE(cache.read(liveness_of(1, 0))) << "incarnations begin with 1";
}

TEST(EvidenceCache, AChangedBitIsNeverTakenForTheTruth) {
  counting_signing keys;
  evidence_cache cache(keys, rig_mesh, 10'000);
  const auto raw = liveness_of(1, 5);
  ASSERT_TRUE(cache.is_genuine(*cache.read(raw)));
  for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
    auto changed = raw;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto e = cache.read(changed);
    EXPECT_TRUE(!e || !cache.is_genuine(*e)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace edgemesh::membership::testing
