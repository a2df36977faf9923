#include "replication/hybrid_clock.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random_source.hpp"

namespace edgemesh::replication {
namespace {

constexpr std::int64_t wall = 1'800'000'000'000;

TEST(HybridClock, GivesTheWallClocksTimeWhenItMovesOn) {
  hybrid_clock c;
  EXPECT_EQ(c.stamp(wall), hybrid_time::at(wall));
  EXPECT_EQ(c.stamp(wall + 1), hybrid_time::at(wall + 1));
  EXPECT_EQ(c.stamp(wall + 1), hybrid_time::at(wall + 1, 1));
}

TEST(HybridClock, RisesAlsoWhileTheWallClockStandsOrGoesBack) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_source rng(seed);
    hybrid_clock c;
    std::int64_t now = wall;
    auto before = c.last();
    for (int i = 0; i < 200; ++i) {
      now += static_cast<std::int64_t>(rng.below(2000)) - 1000;
      const auto remote = hybrid_time::at(now + static_cast<std::int64_t>(rng.below(1000)) - 500, static_cast<std::uint16_t>(rng.next()));
      if (rng.below(2) == 0) ASSERT_TRUE(c.merge(remote, now));
      const auto stamp = c.stamp(now);
      ASSERT_GT(stamp, before);
      ASSERT_GE(stamp, hybrid_time::at(now));
      before = stamp;
    }
  }
}

TEST(HybridClock, OrdersWhatIsCausallyOrderedAmongSeveralClocks) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_source rng(seed);
    std::vector<hybrid_clock> clocks(4);
    std::vector<std::int64_t> skews;
    for (int i = 0; i < 4; ++i) skews.push_back(static_cast<std::int64_t>(rng.below(400)));
    std::int64_t now = wall;
    auto message = clocks[0].stamp(now);
    for (int hop = 0; hop < 300; ++hop) {
      now += static_cast<std::int64_t>(rng.below(3));
      const auto at = rng.below(4);
      ASSERT_TRUE(clocks[at].merge(message, now + skews[at]));
      const auto next = clocks[at].stamp(now + skews[at]);
      ASSERT_GT(next, message);
      ASSERT_LE(next.ms(), now + 400);
      message = next;
    }
  }
}

TEST(HybridClock, SetsAsideStampsFromTheFuture) {
  hybrid_clock c;
  c.stamp(wall);
  const auto before = c.last();
  EXPECT_TRUE(c.merge(hybrid_time::at(wall + hybrid_clock::ahead_max_ms), wall));
  hybrid_clock d(before);
  EXPECT_FALSE(d.merge(hybrid_time::at(wall + hybrid_clock::ahead_max_ms + 1), wall));
  EXPECT_FALSE(d.merge({~std::uint64_t{0}}, wall));
  EXPECT_EQ(d.last(), before);
}

TEST(HybridClock, MergesInAnyOrderToTheSame) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    random_source rng(seed);
    std::vector<hybrid_time> stamps;
    for (int i = 0; i < 20; ++i) stamps.push_back(hybrid_time::at(wall + static_cast<std::int64_t>(rng.below(1200)), static_cast<std::uint16_t>(rng.next())));
    hybrid_clock once, twice;
    for (const auto& s : stamps) static_cast<void>(once.merge(s, wall));
    for (auto s = stamps.rbegin(); s != stamps.rend(); ++s) static_cast<void>(twice.merge(*s, wall)), static_cast<void>(twice.merge(*s, wall));
    ASSERT_EQ(once.last(), twice.last());
  }
}

TEST(HybridClock, BorrowsAMillisecondWhenTheCounterIsFull) {
  hybrid_clock c(hybrid_time::at(wall, 0xffff));
  EXPECT_EQ(c.stamp(wall), hybrid_time::at(wall + 1, 0));
  EXPECT_EQ(c.lead_ms(wall), 1);
}

TEST(HybridClock, SaysHowFarItRunsAheadOfAClockThatWasPutBack) {
  hybrid_clock c;
  c.stamp(2'147'483'647'000);
  EXPECT_EQ(c.lead_ms(wall), 2'147'483'647'000 - wall);
  EXPECT_GT(c.stamp(wall).ms(), wall);
  EXPECT_EQ(hybrid_clock().lead_ms(wall), 0);
}

TEST(HybridClock, TakesAClockBefore1970AsItsBeginning) {
  EXPECT_EQ(hybrid_time::at(-5), hybrid_time::at(0));
  EXPECT_EQ(hybrid_time::at(hybrid_time::ms_max + 5).ms(), hybrid_time::ms_max);
}

}  // namespace
}  // namespace edgemesh::replication
