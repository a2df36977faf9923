#include <gtest/gtest.h>

#include "actors/mesh/join_desk.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::actors {
namespace {

constexpr std::int64_t now_s = 1'800'000'000;

class JoinDesk : public ::testing::Test {
 protected:
  join_token issue(std::uint8_t n, std::int64_t ttl = 900) {
    join_token t;
    t.mesh = mesh;
    t.inviter = self;
    t.id.bytes[0] = n;
    t.key = secret(std::string(join_token::key_bytes, static_cast<char>('a' + n)));
    t.expires_at = now_s + ttl;
    EXPECT_TRUE(desk.keep(t, {node_role::edge, "", "public", ""}, now_s));
    return t;
  }
  join_request request(const join_token& t) const {
    join_request r;
    r.id = t.id;
    r.key = joiner;
    r.name = "b";
    r.proof = join_proof(t.key, mesh, self, joiner);
    return r;
  }
  result<invitation> take(const join_request& r, std::int64_t at_s = now_s) { return desk.take(r, at_s, t0 += seconds(2)); }

  static mesh_id some_mesh() {
    mesh_id m;
    m.bytes[0] = 7;
    return m;
  }
  const mesh_id mesh = some_mesh();
  const node_key self = testing::fake_signing::key(1), joiner = testing::fake_signing::key(2);
  join_desk desk{mesh, self};
  instant t0{seconds(1000)};
};

TEST_F(JoinDesk, ATokenServesOnce) {
  const auto token = issue(1);
  ASSERT_TRUE(take(request(token)));
  EXPECT_FALSE(take(request(token)));  // while it is being redeemed
  desk.redeemed(token.id);
  EXPECT_FALSE(take(request(token)));
}

TEST_F(JoinDesk, AJoinThatFailedGivesTheTokenBack) {
  const auto token = issue(1);
  ASSERT_TRUE(take(request(token)));
  desk.put_back(token.id);
  EXPECT_TRUE(take(request(token)));
}

TEST_F(JoinDesk, AnEndedTokenIsRefused) {
  const auto token = issue(1, 60);
  EXPECT_FALSE(take(request(token), now_s + 61));
}

TEST_F(JoinDesk, AProofHoldsForOneKeyAlone) {
  const auto token = issue(1);
  auto r = request(token);
  r.key = testing::fake_signing::key(3);  // somebody who saw the proof pass
  EXPECT_FALSE(take(r));
  EXPECT_TRUE(take(request(token)));
}

TEST_F(JoinDesk, GuessingEndsTheToken) {
  const auto token = issue(1);
  auto wrong = request(token);
  wrong.proof.bytes[0] ^= 1;
  for (int i = 0; i < join_desk::wrong_proofs_max; ++i) EXPECT_FALSE(take(wrong));
  EXPECT_FALSE(take(request(token)));
}

TEST_F(JoinDesk, KeepsNoMoreTokensThanItsLimit) {
  for (std::uint8_t n = 1; n <= join_desk::tokens_max; ++n) issue(n);
  join_token more;
  more.id.bytes[0] = 200;
  more.key = secret("x");
  more.expires_at = now_s + 900;
  EXPECT_FALSE(desk.keep(more, {}, now_s));
  EXPECT_TRUE(desk.keep(more, {}, now_s + 901));  // the others have ended
}

TEST_F(JoinDesk, QuestionsAreFewAMinute) {
  const auto token = issue(1);
  auto wrong = request(token);
  wrong.id.bytes[0] = 99;
  for (std::size_t i = 0; i < join_desk::questions_per_minute; ++i) EXPECT_FALSE(desk.take(wrong, now_s, t0));
  EXPECT_NE(desk.take(request(token), now_s, t0).error().message.find("too many"), std::string::npos);
  EXPECT_TRUE(desk.take(request(token), now_s, t0 + seconds(61)));
}

TEST_F(JoinDesk, ARequestReadsAsItWasWritten) {
  auto r = request(issue(1));
  r.site = "here";
  r.mesh_address = "[::1]:8790";
  const auto read = read_join_request(write_join_request(r));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, r.id);
  EXPECT_EQ(read->key, r.key);
  EXPECT_EQ(read->mesh_address, r.mesh_address);
  EXPECT_EQ(read->proof, r.proof);
}

TEST_F(JoinDesk, OtherTextIsNoRequest) {
  EXPECT_FALSE(read_join_request(""));
  EXPECT_FALSE(read_join_request("{}"));
  auto r = request(issue(1));
  r.name = "Not A Name";
  EXPECT_FALSE(read_join_request(write_join_request(r)));
  r.name = "b";
  r.mesh_address = "nowhere";
  EXPECT_FALSE(read_join_request(write_join_request(r)));
}

}  // namespace
}  // namespace edgemesh::actors
