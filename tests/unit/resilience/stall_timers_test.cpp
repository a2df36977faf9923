#include "resilience/stall_timers.hpp"

#include <gtest/gtest.h>

namespace edgemesh::resilience {
namespace {
using namespace std::chrono_literals;
constexpr instant t0{1000s};

TEST(StallTimers, GiveAColdModelTimeForItsFirstEvent) {
  stall_timers s({}, t0);
  EXPECT_FALSE(s.first_seen());
  EXPECT_EQ(s.deadline(), t0 + 300s);
  s.event(t0 + 200s);
  EXPECT_TRUE(s.first_seen());
  EXPECT_EQ(s.deadline(), t0 + 200s + 60s);  // no interval is known yet: the upper bound
}

TEST(StallTimers, WaitThirtyIntervalsWithinTheirBounds) {
  const auto limit_at = [](milliseconds interval) {
    stall_timers s({}, t0);
    for (int i = 0; i < 50; ++i) s.event(t0 + i * interval);
    return s.idle_limit();
  };
  EXPECT_EQ(limit_at(20ms), 30s);
  EXPECT_EQ(limit_at(1500ms), 45s);
  EXPECT_EQ(limit_at(10s), 60s);
  EXPECT_EQ(limit_at(std::chrono::hours(1000)), 60s);
}

TEST(StallTimers, ALowerConfiguredIdleTimeWins) {
  stall_timers s({.idle = 5s}, t0);
  for (int i = 0; i < 10; ++i) s.event(t0 + i * 10ms);
  EXPECT_EQ(s.deadline(), t0 + 90ms + 5s);
}

TEST(StallTimers, EachEventMovesTheDeadline) {
  stall_timers s({}, t0);
  for (int i = 0; i < 100; ++i) {
    s.event(t0 + i * 1s);
    ASSERT_GE(s.deadline(), t0 + i * 1s + 30s);
    ASSERT_LE(s.deadline(), t0 + i * 1s + 60s);
  }
}

}  // namespace
}  // namespace edgemesh::resilience
