#include "actors/mesh/introduction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "proto/limits.hpp"
#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::actors {
namespace {

using replication::key_of;
using replication::record_writer;
using replication::start_s;
using ::testing::ElementsAre;

class Introduction : public ::testing::Test {
 protected:
  result<std::vector<proto::sealed_record>> judged(int who, const std::vector<proto::sealed_record>& shown, std::int64_t now_s = start_s) {
    introduction i{key_of(who), {}};
    for (const auto& r : shown) i.records.push_back(r.raw);
    return believed(i, w.root_of(founding), keys, now_s);
  }
  record_writer w;
  const testing::fake_signing keys = testing::fake_signing::of(9);
  const proto::sealed_record founding = w.admit(1, 1, 0), second = w.admit(1, 2, 10), third = w.admit(2, 3, 20);
};

TEST_F(Introduction, IsBelievedWhenItsRecordsReachTheFoundingOne) {
  const auto records = judged(3, {founding, second, third, w.describe(3, 30)});
  ASSERT_TRUE(records);
  EXPECT_EQ(records->size(), 4u);
  EXPECT_TRUE(judged(4, {founding, second, third, w.succeed(3, 4, 40, true)})) << "a key that is about to follow";
  EXPECT_TRUE(judged(4, {founding, second, third, w.succeed(3, 4, 40)}));
}

TEST_F(Introduction, IsNotBelievedWithAGapAForgeryOrAnotherMesh) {
  EXPECT_FALSE(judged(3, {founding, third}));
  EXPECT_FALSE(judged(3, {second, third}));
  EXPECT_FALSE(judged(4, {founding, second, third}));
  EXPECT_FALSE(judged(3, {}));
  auto forged = third;
  forged.raw.back() ^= 1;
  EXPECT_FALSE(judged(3, {founding, second, forged}));
  record_writer other;
  other.mesh.bytes[0] ^= 1;
  const auto elsewhere = other.admit(1, 1, 0);
  EXPECT_FALSE(judged(1, {elsewhere}));
}

TEST_F(Introduction, IsNotBelievedAfterTheEnd) {
  EXPECT_FALSE(judged(3, {founding, second, third}, start_s + 2 * replication::year_s));
}

TEST_F(Introduction, BringsNothingButMembershipAndItsOwnDescription) {
  EXPECT_FALSE(judged(3, {founding, second, third, w.describe(2, 30)}));
  EXPECT_FALSE(judged(3, {founding, second, third, w.offer(3, "gpu", 30)}));
}

TEST_F(Introduction, IsWrittenAndReadAsJson) {
  const introduction said{key_of(3), {founding.raw, second.raw}};
  const auto read = read_introduction(write_introduction(said));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, said.key);
  EXPECT_THAT(read->records, ElementsAre(founding.raw, second.raw));
  const auto key = key_of(3).to_hex();
  for (const std::string text : {"", "null", "[]", "{}", "{\"key\":\"00\",\"records\":[]}", "{\"records\":[]}"}) EXPECT_FALSE(read_introduction(text)) << text;
  EXPECT_FALSE(read_introduction("{\"key\":\"" + key + "\",\"records\":\"x\"}"));
  EXPECT_FALSE(read_introduction("{\"key\":\"" + key + "\",\"records\":[\"!\"]}"));
  EXPECT_FALSE(read_introduction("{\"key\":\"" + key + "\",\"records\":[7]}"));
  introduction many{key_of(3), std::vector<std::string>(proto::proofs_max + 1, "r")};
  EXPECT_FALSE(read_introduction(write_introduction(many)));
  introduction large{key_of(3), {std::string(proto::record_max + 1, 'r')}};
  EXPECT_FALSE(read_introduction(write_introduction(large)));
}

TEST(IntroductionLimit, BoundsOneSourceAndAllTogether) {
  introduction_limit limit;
  instant now{seconds(1000)};
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += limit.may_ask("10.0.0.1", now);
  EXPECT_EQ(taken, 12);
  EXPECT_TRUE(limit.may_ask("10.0.0.2", now));
  EXPECT_TRUE(limit.may_ask("10.0.0.1", now + seconds(6)));
  taken = 0;
  for (int i = 0; i < 1000; ++i) taken += limit.may_ask("10.1.0." + std::to_string(i), now);
  EXPECT_LE(taken, 120);
}

}  // namespace
}  // namespace edgemesh::actors
