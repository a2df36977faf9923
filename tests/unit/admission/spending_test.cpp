#include "admission/spending.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace edgemesh::admission {
namespace {

using namespace std::chrono;
const wall_time may = sys_days(2026y / May / 31) + hours(23) + minutes(59);
const wall_time june = sys_days(2026y / June / 1);
const budget monthly{100, budget_unit::tokens, budget_period::month};

TEST(Spending, ABurstOfTwentyAgainstRoomForFourAdmitsExactlyFour) {
  const auto cell = std::make_shared<spending>();
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&] {
      auto place = spending::reserve(cell, 25, monthly, may);
      if (!place) return;
      ++admitted;
      std::this_thread::sleep_for(milliseconds(50));  // all twenty ask while the first are at work
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(admitted, 4);
  EXPECT_EQ(cell->reserved(), 0);
}

TEST(Spending, SettlesWithWhatItCost) {
  const auto cell = std::make_shared<spending>();
  auto place = spending::reserve(cell, 60, monthly, may);
  ASSERT_TRUE(place);
  EXPECT_FALSE(spending::reserve(cell, 50, monthly, may));
  place->settle(20);
  place->settle(20);  // once
  EXPECT_EQ(cell->spent(), 20);
  EXPECT_EQ(cell->reserved(), 0);
  EXPECT_TRUE(spending::reserve(cell, 80, monthly, may));
  EXPECT_FALSE(spending::reserve(cell, 81, monthly, may));
}

TEST(Spending, AReservationThatIsDroppedGivesEverythingBack) {
  const auto cell = std::make_shared<spending>();
  {
    auto place = spending::reserve(cell, 100, monthly, may);
    ASSERT_TRUE(place);
    auto moved = std::move(*place);
    place = std::move(moved);
  }
  EXPECT_EQ(cell->spent() + cell->reserved(), 0);
}

TEST(Spending, ANewWindowBeginsEmptyButForWhatIsUnderWay) {
  const auto cell = std::make_shared<spending>();
  cell->restore(window_of(budget_period::month, may).begin, 70);
  EXPECT_FALSE(spending::reserve(cell, 31, monthly, may));
  auto over_midnight = spending::reserve(cell, 30, monthly, may);
  ASSERT_TRUE(over_midnight);
  EXPECT_FALSE(spending::reserve(cell, 71, monthly, june));
  auto next = spending::reserve(cell, 70, monthly, june);
  ASSERT_TRUE(next);
  over_midnight->settle(10);  // charged to the month in which it was settled
  next->settle(5);
  EXPECT_EQ(cell->spent(), 15);
}

TEST(Spending, AClockThatStepsBackOpensNoSecondWindow) {
  const auto cell = std::make_shared<spending>();
  spending::reserve(cell, 90, monthly, june)->settle(90);
  EXPECT_FALSE(spending::reserve(cell, 20, monthly, may));
  EXPECT_EQ(cell->spent(), 90);
  cell->restore(window_of(budget_period::month, may).begin, 50);  // of a window that is over
  EXPECT_EQ(cell->spent(), 90);
}

TEST(Spending, AClockThatJumpsForwardAndBackGivesEachWindowItsBudgetOnce) {
  const auto cell = std::make_shared<spending>();
  std::int64_t spent = 0;
  const auto use_up = [&](wall_time now) {
    std::int64_t here = 0;
    while (auto place = spending::reserve(cell, 10, monthly, now)) place->settle(10), here += 10;
    spent += here;
    return here;
  };
  EXPECT_EQ(use_up(may), 100);
  EXPECT_EQ(use_up(june), 100) << "the clock jumped over the end of the month";
  for (int again = 0; again < 5; ++again) {
    EXPECT_EQ(use_up(may), 0) << "and back";
    EXPECT_EQ(use_up(june), 0) << "and forward once more";
  }
  EXPECT_EQ(spent, 200) << "two windows, two budgets";
  EXPECT_EQ(use_up(may + days(62)), 100) << "July is another one";
}

TEST(Spending, WhatIsUnderWayWhileTheClockJumpsIsChargedOnce) {
  const auto cell = std::make_shared<spending>();
  auto before = spending::reserve(cell, 40, monthly, may);
  auto meanwhile = spending::reserve(cell, 40, monthly, june);
  auto after = spending::reserve(cell, 20, monthly, may);
  ASSERT_TRUE(before && meanwhile && after);
  EXPECT_FALSE(spending::reserve(cell, 1, monthly, may)) << "all of it is set aside, whatever the clock says";
  EXPECT_FALSE(spending::reserve(cell, 1, monthly, june));
  before->settle(40), meanwhile->settle(40), after->settle(20);
  EXPECT_EQ(cell->spent(), 100);
  EXPECT_EQ(cell->reserved(), 0);
}

TEST(Spending, ACostAboveTheReservationIsChargedWhole) {
  const auto cell = std::make_shared<spending>();
  spending::reserve(cell, 10, monthly, may)->settle(150);
  EXPECT_EQ(cell->spent(), 150);
  EXPECT_FALSE(spending::reserve(cell, 0, monthly, may));
}

TEST(Spending, ImpossibleAmountsAreRefused) {
  const auto cell = std::make_shared<spending>();
  EXPECT_FALSE(spending::reserve(cell, -1, monthly, may));
  EXPECT_FALSE(spending::reserve(cell, std::numeric_limits<std::int64_t>::max(), monthly, may));
  const budget largest{budget::amount_max, budget_unit::money, budget_period::total};
  auto first = spending::reserve(cell, budget::amount_max, largest, may);
  ASSERT_TRUE(first);
  EXPECT_FALSE(spending::reserve(cell, 1, largest, may));
}

TEST(Spending, ThreadsNeverPassTheBudget) {
  const auto cell = std::make_shared<spending>();
  const budget limit{1000, budget_unit::tokens, budget_period::total};
  std::atomic<std::int64_t> settled{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i)
        if (auto place = spending::reserve(cell, 7, limit, may)) {
          const std::int64_t cost = (i + t) % 8 == 0 ? 3 : 0;
          place->settle(cost);
          settled += cost;
        }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(cell->spent(), settled);
  EXPECT_LE(cell->spent(), 1000);
  EXPECT_GT(cell->spent(), 1000 - 7);
  EXPECT_EQ(cell->reserved(), 0);
}

}  // namespace
}  // namespace edgemesh::admission
