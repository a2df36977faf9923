#include "admission/memory_budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/random_source.hpp"

namespace edgemesh::admission {
namespace {

TEST(MemoryBudget, GrowsAndShrinksWithinItsLimit) {
  memory_budget budget(100);
  auto a = budget.open(), b = budget.open();
  EXPECT_TRUE(a.resize(60));
  EXPECT_FALSE(b.resize(41));
  EXPECT_EQ(b.bytes(), 0u);
  EXPECT_TRUE(b.resize(40));
  EXPECT_EQ(budget.used(), 100u);
  EXPECT_TRUE(a.resize(10));
  EXPECT_TRUE(b.resize(90));
  a.release();
  EXPECT_EQ(budget.used(), 90u);
  EXPECT_FALSE(a.resize(1));  // released for good
}

TEST(MemoryBudget, AShareGivesBackOnceHoweverItIsMoved) {
  memory_budget budget(100);
  {
    auto a = budget.open();
    ASSERT_TRUE(a.resize(30));
    auto b = std::move(a);
    auto c = budget.open();
    ASSERT_TRUE(c.resize(20));
    c = std::move(b);
    EXPECT_EQ(budget.used(), 30u);
    EXPECT_EQ(c.bytes(), 30u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, HugeSizesDoNotWrapAround) {
  memory_budget budget(100);
  auto a = budget.open(), b = budget.open();
  ASSERT_TRUE(a.resize(50));
  EXPECT_FALSE(b.resize(~byte_count{0}));
  EXPECT_FALSE(a.resize(~byte_count{0}));
  EXPECT_EQ(budget.used(), 50u);
}

TEST(MemoryBudget, ALoweredLimitRefusesGrowthAndAllowsShrinking) {
  memory_budget budget(100);
  auto a = budget.open();
  ASSERT_TRUE(a.resize(80));
  budget.set_limit(50);
  EXPECT_FALSE(a.resize(81));
  EXPECT_TRUE(a.resize(60));
  auto b = budget.open();
  EXPECT_FALSE(b.resize(1));
}

TEST(MemoryBudget, ManyThreadsNeverExceedItTogether) {
  constexpr byte_count limit = 450;
  memory_budget budget(limit);
  std::atomic<byte_count> held{0};
  std::atomic<bool> exceeded{false};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      random_source rng(t);
      auto share = budget.open();
      for (int i = 0; i < 20000; ++i) {
        if (i % 64 == 0) std::this_thread::yield();
        const auto before = share.bytes(), wanted = rng.below(500);
        if (wanted < before) held -= before - wanted;  // ours is counted down first, up last: held never overstates
        if (!share.resize(wanted)) ++refused;
        else if (wanted > before && (held += wanted - before) > limit) exceeded = true;
      }
      held -= share.bytes();
    });
  for (auto& t : threads) t.join();
  EXPECT_FALSE(exceeded);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(held, 0u);
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace edgemesh::admission
