#include "resilience/limit_share.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace edgemesh::resilience {
namespace {

using testing::ElementsAre;

other_lister other(std::uint64_t rank, told_share told, int limit = 6) { return {rank, limit, std::move(told)}; }

class LimitShare : public testing::Test {
 protected:
  limit_share machine{50, 1};
  limit_share::view view{6, true, true, {}};
  int update() { return machine.update(view); }
  std::uint64_t claim() const { return machine.told(0).claim; }
};

TEST_F(LimitShare, TheOnlyListerHasTheWholeLimit) {
  EXPECT_EQ(update(), 6);
  EXPECT_FALSE(machine.is_waiting());
}

TEST_F(LimitShare, HasNothingBeforeTheMeshIsKnown) {
  view.is_settled = false;
  EXPECT_EQ(update(), 0);
  EXPECT_TRUE(machine.is_waiting());
  EXPECT_NE(claim(), 0u);
}

TEST_F(LimitShare, WaitsUntilAnotherHasSeenItsClaim) {
  view.others = {other(1, {3, 77, {}})};
  EXPECT_EQ(update(), 0);
  view.others[0].told.seen = {claim()};
  EXPECT_EQ(update(), 3);
}

TEST_F(LimitShare, WaitsForWhoIsInsideBeyondItsPart) {
  update();
  limit_share newcomer(60, 2);
  view.others = {other(50, {6, 77, {}})};
  newcomer.update(view);
  view.others[0].told.seen = {newcomer.told(0).claim};
  EXPECT_EQ(newcomer.update(view), 0);
  view.others[0].told.share = 4;
  EXPECT_EQ(newcomer.update(view), 2);
  view.others[0].told.share = 3;
  EXPECT_EQ(newcomer.update(view), 3);
}

TEST_F(LimitShare, LowersAtOnceAndTellsWhoIsStillInside) {
  EXPECT_EQ(update(), 6);
  view.others = {other(1, {0, 77, {}})};
  EXPECT_EQ(update(), 3);
  EXPECT_EQ(machine.told(5).share, 5);
  EXPECT_EQ(machine.told(2).share, 3);
  EXPECT_THAT(machine.told(2).seen, ElementsAre(77));
}

TEST_F(LimitShare, TakesOverTheShareOfTheDead) {
  view.others = {other(1, {2, 77, {}}), other(2, {2, 78, {}})};
  update();
  for (auto& o : view.others) o.told.seen = {claim()};
  EXPECT_EQ(update(), 2);
  view.others.pop_back();
  EXPECT_EQ(update(), 3);
  view.others.pop_back();
  EXPECT_EQ(update(), 6);
}

TEST_F(LimitShare, GivesUpItsShareWhereItCannotServe) {
  update();
  view.others = {other(1, {0, 77, {}})};
  const auto before = claim();
  view.takes_part = false;
  EXPECT_EQ(update(), 0);
  EXPECT_EQ(claim(), 0u);
  EXPECT_EQ(machine.told(4).share, 4);
  view.takes_part = true;
  update();
  EXPECT_NE(claim(), 0u);
  EXPECT_NE(claim(), before);  // what was promised to the old one is no promise to this one
}

TEST_F(LimitShare, KeepsItWhileNobodyElseCanServe) {
  update();
  view.takes_part = false;
  EXPECT_EQ(update(), 6);
  EXPECT_EQ(machine.told(0).claim, 0u);
  view.others = {other(1, {0, 0, {}})};
  EXPECT_EQ(update(), 6);
  view.others[0].told.claim = 77;
  EXPECT_EQ(update(), 0);
}

TEST_F(LimitShare, WhoTakesNoPartLeavesItsShareToTheOthersOnceItIsEmpty) {
  view.others = {other(1, {2, 0, {}})};
  update();
  view.others[0].told.seen = {claim()};
  EXPECT_EQ(update(), 4);
  view.others[0].told.share = 0;
  EXPECT_EQ(update(), 6);
}

TEST_F(LimitShare, TheStrictestLimitHoldsWhereConfigurationsDiffer) {
  view.others = {other(1, {1, 77, {}}, 2)};
  update();
  view.others[0].told.seen = {claim()};
  EXPECT_EQ(update(), 1);
}

TEST_F(LimitShare, WhatDivisionLeavesOverGoesToTheFirstInRank) {
  view.limit = 5;
  view.others = {other(1, {2, 77, {}}), other(99, {1, 78, {}})};
  update();
  for (auto& o : view.others) o.told.seen = {claim()};
  EXPECT_EQ(update(), 2);
}

TEST_F(LimitShare, AFewerPlacesThanListersLeaveSomeWithout) {
  view.limit = 1;
  view.others = {other(1, {1, 77, {}})};
  update();
  view.others[0].told.seen = {claim()};
  EXPECT_EQ(update(), 0);
  EXPECT_FALSE(machine.is_waiting());
}

TEST(ListerRank, DiffersByIdNodeAndBackend) {
  node_key a, b;
  b.bytes[31] = 1;
  std::set<std::uint64_t> ranks{lister_rank("id", a, "x"), lister_rank("id", b, "x"), lister_rank("id", a, "y"), lister_rank("other", a, "x"),
                                lister_rank("idx", a, "")};
  EXPECT_EQ(ranks.size(), 5u);
  EXPECT_EQ(lister_rank("llm-prod", a, "gpu"), 2345726522085467279u);  // on the wire between builds: it never changes
}

// Listers that hear of each other late, die, return with or without what they knew, fail to reach the backend and drain, under
// load: never more inside than the limit, as long as nobody living is held dead.
class meadow {
 public:
  explicit meadow(std::uint64_t seed) : rng_(seed), limit_(1 + static_cast<int>(rng_.below(9))), listers_(2 + rng_.below(4)) {
    for (std::size_t i = 0; i < listers_.size(); ++i) bear(i);
  }
  int limit() const { return limit_; }
  int inside() const {
    return std::accumulate(listers_.begin(), listers_.end(), 0, [](int n, const auto& l) { return n + (l.lives ? l.inside : 0); });
  }
  int shares() const {
    return std::accumulate(listers_.begin(), listers_.end(), 0, [](int n, const auto& l) { return n + (l.lives ? l.share : 0); });
  }
  bool any_serves() const {
    return std::any_of(listers_.begin(), listers_.end(), [](const auto& l) { return l.lives && l.healthy; });
  }
  void step(bool is_calm) {
    ++now_;
    deliver();
    for (std::size_t i = 0; i < listers_.size(); ++i) {
      auto& l = listers_[i];
      if (!l.lives) {
        if (rng_.below(is_calm ? 5 : 60) == 0) bear(i);
        continue;
      }
      if (!is_calm && rng_.below(150) == 0) {
        kill(i);
        continue;
      }
      if (!is_calm && rng_.below(60) == 0) l.healthy = !l.healthy;
      if (l.inside < l.share && rng_.below(2) == 0) ++l.inside;
      if (l.inside > 0 && rng_.below(is_calm ? 2 : 12) == 0) --l.inside;
      look(i);
    }
  }

 private:
  static constexpr std::uint64_t lag_max = 20, settle = 22;
  struct heard { std::uint64_t version = 0, life = 0; told_share told; bool is_dead = false; };
  struct lister {
    bool lives = false, healthy = true;
    std::uint64_t life = 0, born = 0, version = 0;
    std::unique_ptr<limit_share> machine;
    told_share told;
    int share = 0, inside = 0;
    std::vector<heard> known;
  };
  struct message { std::uint64_t at; std::size_t to, about; heard what; bool is_death; };

  void bear(std::size_t i) {
    auto& l = listers_[i];
    l.lives = l.healthy = true;
    ++l.life;
    l.born = now_;
    l.share = l.inside = 0;
    l.machine = std::make_unique<limit_share>(1000 - 7 * i, rng_.next());
    l.told = {};
    if (l.known.empty() || rng_.below(2) == 0) l.known.assign(listers_.size(), {});  // its disk is lost
    look(i);
    say(i);
    for (std::size_t j = 0; j < listers_.size(); ++j)  // what the others have told comes again to a newcomer
      if (j != i && listers_[j].lives) send(i, j, {listers_[j].version, listers_[j].life, listers_[j].told}, false);
  }
  void kill(std::size_t i) {
    auto& l = listers_[i];
    l.lives = false;
    l.inside = 0;
    for (std::size_t j = 0; j < listers_.size(); ++j)
      if (j != i) messages_.push_back({now_ + 5 + rng_.below(60), j, i, {0, l.life, {}, true}, true});
  }
  void look(std::size_t i) {
    auto& l = listers_[i];
    limit_share::view v{limit_, l.healthy, now_ - l.born > settle, {}};
    for (std::size_t j = 0; j < listers_.size(); ++j)
      if (j != i && l.known[j].version != 0 && !l.known[j].is_dead) v.others.push_back({1000 - 7 * j, limit_, l.known[j].told});
    l.share = l.machine->update(v);
    const auto told = l.machine->told(l.inside);
    if (told == l.told) return;
    l.told = told;
    say(i);
  }
  void say(std::size_t i) {
    auto& l = listers_[i];
    ++l.version;
    for (std::size_t j = 0; j < listers_.size(); ++j)
      if (j != i) send(j, i, {l.version, l.life, l.told}, false);
  }
  void send(std::size_t to, std::size_t about, heard what, bool is_death) {
    messages_.push_back({now_ + 1 + rng_.below(lag_max), to, about, std::move(what), is_death});
  }
  void deliver() {
    std::vector<message> due;
    std::erase_if(messages_, [&](const message& m) { return m.at <= now_ && (due.push_back(m), true); });
    for (auto& m : due) {
      auto& known = listers_[m.to].known;
      if (known.empty()) continue;
      auto& k = known[m.about];
      if (m.is_death) {
        if (k.life <= m.what.life) k.is_dead = true;
      } else if (m.what.version > k.version) {
        const bool is_same_life = m.what.life == k.life;
        const bool was_dead = k.is_dead;
        k = m.what;
        k.is_dead = is_same_life && was_dead;
      }
    }
  }

  random_source rng_;
  int limit_;
  std::uint64_t now_ = 100;
  std::vector<lister> listers_;
  std::vector<message> messages_;
};

TEST(LimitShares, NeverExceedTheLimitTogetherAndLoseNoneOfItOnceAllIsCalm) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    meadow m(seed);
    for (int i = 0; i < 1500; ++i) {
      m.step(false);
      ASSERT_LE(m.inside(), m.limit()) << "seed " << seed << " step " << i;
    }
    for (int i = 0; i < 400; ++i) {
      m.step(true);
      ASSERT_LE(m.inside(), m.limit()) << "seed " << seed << " calm step " << i;
    }
    if (m.any_serves()) ASSERT_EQ(m.shares(), m.limit()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace edgemesh::resilience
