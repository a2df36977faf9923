#include "resilience/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace edgemesh::resilience {
namespace {
using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsMaximum) {
  random_source rng(1);
  backoff b({.jitter = 0});
  for (auto pause : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms}) EXPECT_EQ(b.next(rng), pause);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(b.next(rng), 30s);
  b.reset();
  EXPECT_EQ(b.next(rng), 500ms);
}

TEST(Backoff, SpreadsPausesBothWays) {
  random_source rng(2);
  std::set<long> seen;
  bool shorter = false, longer = false;
  for (int i = 0; i < 200; ++i) {
    const auto pause = backoff{}.next(rng);
    EXPECT_GE(pause, 400ms);
    EXPECT_LE(pause, 600ms);
    shorter |= pause < 500ms;
    longer |= pause > 500ms;
    seen.insert(pause.count());
  }
  EXPECT_TRUE(shorter && longer);
  EXPECT_GT(seen.size(), 50u);
}

}  // namespace
}  // namespace edgemesh::resilience
