#include "domain/budget.hpp"

#include <gtest/gtest.h>

#include "domain/cost.hpp"

namespace edgemesh {
namespace {

using namespace std::chrono;

budget_window days_of(sys_days begin, sys_days end) {
  return {duration_cast<seconds>(begin.time_since_epoch()).count(), duration_cast<seconds>(end.time_since_epoch()).count()};
}

TEST(BudgetWindow, IsOfUtc) {
  const wall_time at = sys_days(2026y / November / 29) + hours(15) + minutes(49);  // a Sunday
  EXPECT_EQ(window_of(budget_period::day, at), days_of(2026y / November / 29, 2026y / November / 30));
  EXPECT_EQ(window_of(budget_period::week, at), days_of(2026y / November / 23, 2026y / November / 30));
  EXPECT_EQ(window_of(budget_period::month, at), days_of(2026y / November / 1, 2026y / December / 1));
  EXPECT_EQ(window_of(budget_period::total, at).begin, 0);
}

TEST(BudgetWindow, EndsOfYearsAndLeapDays) {
  EXPECT_EQ(window_of(budget_period::month, sys_days(2026y / December / 31) + hours(23)), days_of(2026y / December / 1, 2027y / January / 1));
  EXPECT_EQ(window_of(budget_period::month, sys_days(2028y / February / 29)), days_of(2028y / February / 1, 2028y / March / 1));
  EXPECT_EQ(window_of(budget_period::week, sys_days(2027y / January / 1)), days_of(2026y / December / 28, 2027y / January / 4));
  EXPECT_EQ(window_of(budget_period::day, sys_days(1970y / January / 1) - seconds(1)), days_of(1969y / December / 31, 1970y / January / 1));
  EXPECT_EQ(window_of(budget_period::week, sys_days(2026y / November / 23)), days_of(2026y / November / 23, 2026y / November / 30));
}

TEST(Price, IsRoundedOnceAndNeverOverflows) {
  const model_prices p{150'000, 50'000, 600'000, 7};  // 0.15, 0.05, 0.60 per million
  token_usage usage;
  usage.prompt_tokens = 1000;
  usage.cached_tokens = 400;
  usage.completion_tokens = 100;
  EXPECT_EQ(cost_of(p, usage), (600 * 150'000 + 400 * 50'000 + 100 * 600'000 + 500'000) / 1'000'000 + 7);
  usage = {};
  usage.prompt_tokens = 3;
  EXPECT_EQ(cost_of({150'000, 0, 0, 0}, usage), 0);  // 0.45 millionths
  usage.prompt_tokens = 4;
  EXPECT_EQ(cost_of({150'000, 0, 0, 0}, usage), 1);
  usage.prompt_tokens = usage.completion_tokens = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cost_of({price_max, 0, price_max, 0}, usage), std::numeric_limits<std::int64_t>::max());
  usage.prompt_tokens = -5;
  usage.completion_tokens = 0;
  usage.cached_tokens = 10;
  EXPECT_EQ(cost_of(p, usage), 7);
}

}  // namespace
}  // namespace edgemesh
