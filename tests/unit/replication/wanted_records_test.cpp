#include "replication/wanted_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct WantedRecords : ::testing::Test {
  wanted_records wanted{milliseconds{300}};
  instant now = instant{} + seconds{10};
};

TEST_F(WantedRecords, AsksOneOfThoseThatHaveARecord) {
  EXPECT_TRUE(wanted.ask(1, key_of(1), asked_for::news, now));
  EXPECT_FALSE(wanted.ask(1, key_of(2), asked_for::news, now));
  EXPECT_EQ(wanted.arrived(1), asked_for::news);
  EXPECT_EQ(wanted.arrived(1), std::nullopt);
  EXPECT_TRUE(wanted.ask(1, key_of(2), asked_for::repair, now));
  EXPECT_EQ(wanted.arrived(1), asked_for::repair);
}

TEST_F(WantedRecords, AsksTheOthersInTurnWhenThereIsNoAnswer) {
  for (int n = 1; n <= 9; ++n) wanted.ask(1, key_of(n), asked_for::news, now);
  std::set<node_key> asked{key_of(1)};
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(wanted.take_due(now), IsEmpty());
    now = wanted.next_due();
    const auto requests = wanted.take_due(now);
    ASSERT_THAT(requests, SizeIs(1));
    EXPECT_TRUE(asked.insert(requests[0].to).second);
  }
  now += milliseconds{300};
  EXPECT_THAT(wanted.take_due(now), IsEmpty());
  EXPECT_EQ(wanted.size(), 0u);
  EXPECT_EQ(wanted.next_due(), instant::max());
}

TEST_F(WantedRecords, GathersTheKeysForOneNode) {
  for (std::uint64_t key = 1; key <= 5; ++key) {
    wanted.ask(key, key_of(1), asked_for::news, now);
    wanted.ask(key, key_of(2), asked_for::news, now);
  }
  now += milliseconds{300};
  const auto requests = wanted.take_due(now);
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_THAT(requests[0].keys, SizeIs(5));
}

TEST_F(WantedRecords, IsBounded) {
  std::size_t asked = 0;
  for (std::uint64_t key = 0; key < wanted_records::entries_max + 100; ++key) asked += wanted.ask(key, key_of(1), asked_for::news, now);
  EXPECT_EQ(asked, wanted_records::entries_max);
  wanted.take_due(now + seconds{1});
  EXPECT_EQ(wanted.size(), 0u);
}

}  // namespace
}  // namespace edgemesh::replication
