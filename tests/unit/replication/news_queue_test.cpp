#include "replication/news_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct NewsQueue : ::testing::Test {
  news_queue queue{{}};
  random_source rng{1};
  instant now = instant{} + seconds{10};
  std::vector<node_key> neighbours;
  NewsQueue() {
    for (int n = 1; n <= 10; ++n) neighbours.push_back(key_of(n));
  }
  void add(std::uint64_t key, spread how, const node_key& from = {}) { queue.add(key, how, from, now, rng); }
  std::vector<news_queue::delivery> due() { return queue.take_due(now, neighbours, rng); }
  /// Who got the key whole and who was told of it, until the queue is empty.
  std::pair<std::multiset<node_key>, std::multiset<node_key>> run() {
    std::pair<std::multiset<node_key>, std::multiset<node_key>> out;
    for (int i = 0; i < 100 && queue.size() > 0; ++i) {
      now = std::max(now, queue.next_due());
      for (const auto& d : due()) {
        for (std::size_t k = 0; k < d.push.size(); ++k) out.first.insert(d.to);
        for (std::size_t k = 0; k < d.announce.size(); ++k) out.second.insert(d.to);
      }
    }
    return out;
  }
};

TEST_F(NewsQueue, PushesToAFewAndAnnouncesToTheOthers) {
  add(1, spread::to_some);
  const auto [pushed, announced] = run();
  EXPECT_THAT(pushed, SizeIs(2));
  EXPECT_THAT(announced, SizeIs(8));
  for (const auto& n : neighbours) EXPECT_EQ(pushed.count(n) + announced.count(n), 1u);
}

TEST_F(NewsQueue, DoesNotTellARecordBackToWhoBroughtIt) {
  for (const auto how : {spread::at_once, spread::to_all, spread::to_some, spread::announced}) {
    add(1, how, key_of(4));
    const auto [pushed, announced] = run();
    EXPECT_EQ(pushed.count(key_of(4)) + announced.count(key_of(4)), 0u);
  }
}

TEST_F(NewsQueue, DoesNotAnnounceToThoseThatAnnouncedItThemselves) {
  add(1, spread::announced);
  queue.known_to(1, key_of(2));
  queue.known_to(1, key_of(3));
  queue.known_to(99, key_of(3));  // no news: nothing to note
  const auto [pushed, announced] = run();
  EXPECT_THAT(pushed, IsEmpty());
  EXPECT_THAT(announced, SizeIs(8));
}

TEST_F(NewsQueue, SendsTheFirstNewsAtOnceAndGathersWhatFollows) {
  add(1, spread::to_all);
  EXPECT_THAT(due(), SizeIs(10));
  add(2, spread::to_all);
  add(3, spread::to_all);
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(queue.next_due(), now + milliseconds{100});
  now += milliseconds{100};
  const auto d = due();
  ASSERT_THAT(d, SizeIs(10));
  EXPECT_THAT(d[0].push, ElementsAre(2, 3));
}

TEST_F(NewsQueue, LetsUrgentNewsPass) {
  add(1, spread::to_all);
  due();
  add(2, spread::at_once);
  EXPECT_LE(queue.next_due(), now);
  EXPECT_THAT(due(), SizeIs(10));
  // And says later that there is such a record, in case that was lost.
  EXPECT_THAT(run().second, SizeIs(10));
}

TEST_F(NewsQueue, SendsTheNewestVersionOnly) {
  add(1, spread::to_some);
  due();
  add(1, spread::to_some);
  EXPECT_EQ(queue.size(), 1u);
  now += milliseconds{100};
  const auto [pushed, announced] = run();
  EXPECT_EQ(pushed.size() + announced.size(), 10u);  // begins anew: nobody has this version
}

TEST_F(NewsQueue, DropsTheOldestWhenItIsFull) {
  news_queue small({.items_max = 3});
  for (std::uint64_t key : {9, 7, 5, 3}) small.add(key, spread::to_all, {}, now, rng);
  EXPECT_EQ(small.dropped(), 1u);
  const auto d = small.take_due(now, neighbours, rng);
  ASSERT_FALSE(d.empty());
  EXPECT_THAT(d[0].push, ElementsAre(3, 5, 7));
}

TEST_F(NewsQueue, IsEmptyAfterTellingNobody) {
  neighbours.clear();
  add(1, spread::to_all);
  add(2, spread::to_some);
  run();
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.next_due(), instant::max());
}

}  // namespace
}  // namespace edgemesh::replication
