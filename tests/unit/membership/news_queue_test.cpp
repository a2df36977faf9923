// News: bounded telling, newest first, one entry per subject.
#include "membership/news_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "membership/shuffled_ring.hpp"

namespace edgemesh::membership {
namespace {

TEST(Retransmits, GrowWithTheDigitsOfTheMesh) {
  EXPECT_EQ(retransmits_of(4, 0), 4);
  EXPECT_EQ(retransmits_of(4, 9), 4) << "ceil(log10(10)) = 1";
  EXPECT_EQ(retransmits_of(4, 10), 8) << "ceil(log10(11)) = 2";
  EXPECT_EQ(retransmits_of(4, 1000), 16);
}

TEST(NewsQueue, TellsEachPieceAsOftenAsItMay) {
  news_queue q;
  for (std::uint32_t n = 0; n < 10; ++n) q.add(n);
  std::map<std::uint32_t, int> told;
  while (!q.is_empty())
    for (const auto k : q.take(3, 5)) ++told[k];
  EXPECT_EQ(told.size(), 10u);
  for (const auto& [k, times] : told) EXPECT_EQ(times, 5);
}

TEST(NewsQueue, TellsTheNewestAndLeastToldFirst) {
  news_queue q;
  q.add(1);
  q.add(2);
  EXPECT_EQ(q.take(1, 5).front(), 2u);
  EXPECT_EQ(q.take(1, 5).front(), 1u) << "told less often";
  q.add(3);
  EXPECT_EQ(q.take(1, 5).front(), 3u);
}

TEST(NewsQueue, NeverTellsTheSameTwiceInOneMessage) {
  news_queue q;
  for (std::uint32_t n = 0; n < 5; ++n) q.add(n);
  const auto taken = q.take(100, 50);
  EXPECT_EQ(std::set<std::uint32_t>(taken.begin(), taken.end()).size(), 5u);
  EXPECT_EQ(taken.size(), 5u);
}

TEST(NewsQueue, NewerNewsAboutASubjectStartsOver) {
  news_queue q;
  q.add(1);
  for (int i = 0; i < 4; ++i) q.take(1, 5);
  q.add(1);
  int times = 0;
  while (!q.is_empty()) times += static_cast<int>(q.take(1, 5).size());
  EXPECT_EQ(times, 5);
}

TEST(NewsQueue, DoesNotGrowWithHowOftenNewsComes) {
  news_queue q;
  for (int i = 0; i < 1'000'000; ++i) q.add(static_cast<std::uint32_t>(i % 3));
  EXPECT_EQ(q.size(), 3u);
  EXPECT_EQ(q.take(10, 100).size(), 3u);
}

TEST(NewsQueue, LesserNewsIsNotFresh) {
  news_queue q;
  q.add(1, 3);
  EXPECT_FALSE(q.has_fresh(3));
  EXPECT_TRUE(q.has_fresh(4));
  q.add(2);
  EXPECT_TRUE(q.has_fresh(1));
  EXPECT_EQ(q.take(1, 9).front(), 2u);
  EXPECT_FALSE(q.has_fresh(1));
  q.add(2);
  q.erase(2);
  EXPECT_FALSE(q.has_fresh(1)) << "what was erased is no news";
}

TEST(NewsQueue, TakesWhatFitsAndLeavesTheRest) {
  news_queue q;
  for (std::uint32_t n = 1; n <= 5; ++n) q.add(n);
  const auto size_of = [](std::uint32_t n) -> std::size_t { return n == 4 ? 2 : 1; };
  EXPECT_EQ(q.take(2, 9, size_of), (std::vector<std::uint32_t>{5})) << "4 needs more room than is left";
  EXPECT_EQ(q.take(2, 9, size_of), (std::vector<std::uint32_t>{4}));
}

TEST(ShuffledRing, AsksEverybodyOncePerLapInAnotherOrder) {
  random_source chance(4);
  shuffled_ring ring;
  std::vector<std::uint32_t> keys;
  for (std::uint32_t n = 0; n < 50; ++n) keys.push_back(n);
  ring.assign(keys, chance);
  std::vector<std::vector<std::uint32_t>> laps(3);
  for (auto& lap : laps)
    for (int i = 0; i < 50; ++i) lap.push_back(*ring.next(chance, [](std::uint32_t) { return true; }));
  for (const auto& lap : laps) EXPECT_EQ(std::set<std::uint32_t>(lap.begin(), lap.end()).size(), 50u);
  EXPECT_NE(laps[0], laps[1]);
  EXPECT_NE(laps[1], laps[2]);
}

TEST(ShuffledRing, NobodyIsSkippedWhenOthersComeAndGo) {
  random_source chance(5);
  shuffled_ring ring;
  std::vector<std::uint32_t> keys{0, 1, 2, 3, 4, 5};
  ring.assign(keys, chance);
  std::set<std::uint32_t> seen;
  const auto any = [](std::uint32_t) { return true; };
  for (int i = 0; i < 3; ++i) seen.insert(*ring.next(chance, any));
  const auto gone = *seen.begin();
  ring.erase(gone);
  ring.insert(9, chance);
  for (int i = 0; i < 4; ++i) seen.insert(*ring.next(chance, any));
  for (const auto& k : keys) EXPECT_TRUE(seen.count(k)) << "in the lap that was under way";
}

TEST(ShuffledRing, AnEmptyOneHasNobody) {
  random_source chance(6);
  shuffled_ring ring;
  EXPECT_EQ(ring.next(chance, [](std::uint32_t) { return true; }), std::nullopt);
}

}  // namespace
}  // namespace edgemesh::membership
