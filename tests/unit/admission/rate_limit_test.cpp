#include "admission/rate_limit.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random_source.hpp"

namespace edgemesh::admission {
namespace {

const instant start = instant(seconds(1000));

TEST(RateLimit, LetsItsWholeLimitThroughAtOnceAndThenAtItsPace) {
  rate_limit limit;
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limit.take(1, 60, start).is_admitted) << i;
  const auto refused = limit.take(1, 60, start);
  EXPECT_FALSE(refused.is_admitted);
  EXPECT_EQ(refused.retry_after, seconds(1));
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.reset_after, seconds(60));
  EXPECT_FALSE(limit.take(1, 60, start + milliseconds(999)).is_admitted);
  EXPECT_TRUE(limit.take(1, 60, start + seconds(1)).is_admitted);
  EXPECT_FALSE(limit.take(1, 60, start + seconds(1)).is_admitted);
}

TEST(RateLimit, RetryAfterIsHonest) {
  rate_limit limit;
  ASSERT_TRUE(limit.take(900, 1000, start).is_admitted);
  const auto refused = limit.take(500, 1000, start);
  ASSERT_FALSE(refused.is_admitted);
  EXPECT_EQ(refused.remaining, 100);
  EXPECT_EQ(refused.retry_after, seconds(24));
  EXPECT_FALSE(limit.take(500, 1000, start + refused.retry_after - nanoseconds(1)).is_admitted);
  EXPECT_TRUE(limit.take(500, 1000, start + refused.retry_after).is_admitted);
}

TEST(RateLimit, OverTenMinutesNoMoreThanTheLimitAndItsFirstBurst) {
  for (const std::int64_t per_minute : {1, 7, 60, 1000, 12345}) {
    rate_limit limit;
    std::int64_t admitted = 0;
    for (auto t = start; t < start + seconds(600); t += milliseconds(3)) admitted += limit.take(1, per_minute, t).is_admitted;
    EXPECT_LE(admitted, per_minute * 11);
    EXPECT_GE(admitted, per_minute * 11 - 1 - per_minute / 100) << per_minute;
  }
}

TEST(RateLimit, OverAnyStretchOfAMinuteNoMoreThanItsBoundAndNoCapacityIsLost) {
  // A minute in virtual time, asked at random moments and for random amounts, faster than any of the limits.
  for (const std::int64_t per_minute : {30, 600, 12'000, 250'000}) {
    rate_limit limit;
    random_source rng(static_cast<std::uint64_t>(per_minute));
    struct admission { instant at; std::int64_t amount; };
    std::vector<admission> admitted;
    std::int64_t sum = 0;
    const std::int64_t amount_max = std::max<std::int64_t>(1, per_minute / 200);
    const auto gap_max = static_cast<std::uint64_t>(30'000'000'000 / per_minute * amount_max);  // twice as fast as the limit, on average
    auto t = start;
    for (; t < start + seconds(60); t += nanoseconds(1 + rng.below(gap_max / 2))) {
      const auto amount = 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(amount_max)));
      if (!limit.take(amount, per_minute, t).is_admitted) continue;
      admitted.push_back({t, amount});
      sum += amount;
    }
    const double exact = static_cast<double>(per_minute) * 2;  // the first burst, and a minute's worth
    EXPECT_LE(static_cast<double>(sum), exact) << per_minute;
    EXPECT_GE(static_cast<double>(sum), exact - 2 * static_cast<double>(amount_max) - exact / 1000) << per_minute;
    for (std::size_t i = 0; i < admitted.size(); i += 1 + admitted.size() / 50) {
      std::int64_t stretch = 0;
      for (std::size_t j = i; j < admitted.size(); ++j) {
        stretch += admitted[j].amount;
        const double s = std::chrono::duration<double>(admitted[j].at - admitted[i].at).count();
        ASSERT_LE(static_cast<double>(stretch), static_cast<double>(per_minute) * (1 + s / 60) + 1e-3) << per_minute << " from " << i << " to " << j;
      }
    }
  }
}

TEST(RateLimit, AnAskerThatObeysRetryAfterIsAlwaysAdmittedAndGetsTheWholeLimit) {
  rate_limit limit;
  std::int64_t admitted = 0;
  int refusals_in_a_row = 0;
  for (auto t = start; t <= start + seconds(60);) {
    const auto v = limit.take(7, 420, t);
    refusals_in_a_row = v.is_admitted ? 0 : refusals_in_a_row + 1;
    ASSERT_LE(refusals_in_a_row, 1);
    if (v.is_admitted) admitted += 7;
    else t += v.retry_after;
  }
  EXPECT_EQ(admitted, 840) << "the burst of 420 and one minute of 420";
}

TEST(RateLimit, WhatCanNeverFitIsSaidToBeTooLarge) {
  rate_limit limit;
  const auto v = limit.take(1001, 1000, start);
  EXPECT_FALSE(v.is_admitted);
  EXPECT_TRUE(v.is_too_large);
  EXPECT_EQ(v.retry_after.count(), 0);
  EXPECT_TRUE(limit.take(1000, 1000, start).is_admitted);
}

TEST(RateLimit, CorrectingGivesBackAndTakesMore) {
  rate_limit limit;
  ASSERT_TRUE(limit.take(800, 1000, start).is_admitted);
  limit.correct(-700, 1000, start);
  EXPECT_EQ(limit.look(1000, start).remaining, 900);
  limit.correct(1900, 1000, start);  // a debt: a minute of rest pays 1000
  EXPECT_EQ(limit.look(1000, start).remaining, 0);
  EXPECT_FALSE(limit.take(1, 1000, start + seconds(59)).is_admitted);
  EXPECT_TRUE(limit.take(1, 1000, start + seconds(61)).is_admitted);
}

TEST(RateLimit, WhatHasLeakedIsNotGivenBackTwice) {
  rate_limit limit;
  ASSERT_TRUE(limit.take(100, 1000, start).is_admitted);
  limit.correct(-100, 1000, start + seconds(60));
  EXPECT_EQ(limit.look(1000, start + seconds(60)).remaining, 1000);
  ASSERT_TRUE(limit.take(1000, 1000, start + seconds(60)).is_admitted);
  EXPECT_FALSE(limit.take(1, 1000, start + seconds(60)).is_admitted);
}

TEST(RateLimit, HugeAmountsDoNotOverflow) {
  rate_limit limit;
  limit.correct(std::numeric_limits<std::int64_t>::max(), 1, start);
  EXPECT_FALSE(limit.take(1, 1, start).is_admitted);
  limit.correct(std::numeric_limits<std::int64_t>::min() + 1, 1, start);
  EXPECT_TRUE(limit.take(1, 1, start).is_admitted);
  EXPECT_TRUE(limit.take(std::numeric_limits<std::int64_t>::max(), rate_per_minute_max, start).is_too_large);
}

TEST(RateLimit, ThreadsTogetherGetNoMoreThanTheLimit) {
  rate_limit limit;
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) admitted += limit.take(1, 500, start).is_admitted;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(admitted, 500);
}

}  // namespace
}  // namespace edgemesh::admission
