// The simulator itself, and how a mesh behaves as a whole under every item of the fault menu.
#include <gtest/gtest.h>

#include "tests/sim/chaos.hpp"
#include "tests/sim/event_queue.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

using membership::member_state;

void expect_sound(const world& w) {
  for (const auto& v : w.seen().violations()) ADD_FAILURE() << v;
}

TEST(EventQueue, GivesBackInOrderOfTimeThenOfArrival) {
  event_queue q;
  random_source chance(3);
  for (std::uint32_t i = 0; i < 5000; ++i) q.push(static_cast<std::int64_t>(chance.below(100)), i, event_kind::timer);
  event last = q.pop();
  while (!q.is_empty()) {
    const event e = q.pop();
    EXPECT_TRUE(e.at > last.at || (e.at == last.at && e.node > last.node));
    last = e;
  }
}

TEST(Simulator, TheSameSeedGivesTheSameTrace) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto one = run_chaos(seed), two = run_chaos(seed);
    EXPECT_EQ(one.trace, two.trace);
    EXPECT_EQ(one.settled_after_s, two.settled_after_s);
  }
  EXPECT_NE(run_chaos(1).trace, run_chaos(2).trace);
}

TEST(Simulator, NoticesAnInvariantThatIsBroken) {
  watcher w(3);
  w.changed(0, 1, member_state::unknown, member_state::alive, 5);
  w.changed(0, 1, member_state::alive, member_state::dead, 5);
  EXPECT_TRUE(w.violations().empty());
  w.changed(0, 1, member_state::dead, member_state::alive, 5);
  EXPECT_EQ(w.violations().size(), 1u) << "back in the same incarnation";
  w.changed(0, 1, member_state::alive, member_state::alive, 4);
  EXPECT_EQ(w.violations().size(), 2u) << "the incarnation fell";
  w.changed(0, 2, member_state::unknown, member_state::left, 5);
  w.changed(0, 2, member_state::left, member_state::alive, 5);
  EXPECT_EQ(w.violations().size(), 3u) << "left is left";
}

TEST(Simulator, NoticesANodeThatStaysSuspectOrDead) {
  world w({.nodes = 5, .seed = 4, .settles_within = seconds{20}});
  w.start_all();
  w.run_for(seconds{10});
  for (std::uint32_t i = 0; i < 5; ++i) w.net().put_in_group(i, i == 0);
  w.net().cut(0, 1);
  w.net().cut(1, 0);
  w.note_fault();
  w.run_for(seconds{40});
  EXPECT_FALSE(w.seen().violations().empty()) << "the cut was never healed, and the checker says so";
}

TEST(Mesh, ComesUpFromNothing) {
  for (const std::size_t nodes : {2, 3, 10, 32, 33, 100}) {
    world w({.nodes = nodes, .sites = nodes > 9 ? 3u : 1u, .seed = nodes});
    w.start_all();
    w.run_for(seconds{1});
    EXPECT_TRUE(w.run_until_found(seconds{6}, milliseconds{100}, [&] { return w.are_views_equal(); })) << nodes;
    expect_sound(w);
  }
}

TEST(Mesh, ANewcomerKnowsEverybodyWithinTwoSeconds) {
  world w({.nodes = 200, .sites = 2, .seed = 5, .counts_bytes = true});
  for (std::uint32_t i = 0; i < 199; ++i) w.start_later(i, milliseconds{5 * i});
  w.run_for(seconds{30});
  w.start(199);
  EXPECT_TRUE(w.run_until_found(seconds{2}, milliseconds{50}, [&] { return w.are_views_equal(); }));
  EXPECT_LE(w.node(199).frame_bytes, 100'000u) << "two tables of 200 nodes, and some news";
  expect_sound(w);
}

TEST(Mesh, BuriesACrashedNodeEverywhere) {
  for (const std::size_t nodes : {2, 3, 10, 100}) {
    world w({.nodes = nodes, .sites = 1, .seed = nodes});
    w.start_all();
    w.run_for(seconds{20});
    w.crash(1);
    const auto killed = w.now();
    EXPECT_TRUE(w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(1) == nodes - 1; })) << nodes;
    EXPECT_LE(w.now() - killed, nodes < 4 ? seconds{12} : seconds{8}) << nodes;
    expect_sound(w);
  }
}

TEST(Mesh, ABrokenLinkMakesTheDetectionFaster) {
  double with = 0, without = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const auto kind : {crash_kind::power, crash_kind::process}) {
      world w({.nodes = 10, .seed = seed});
      w.start_all();
      w.run_for(seconds{20});
      w.crash(1, kind);
      const auto killed = w.now();
      ASSERT_TRUE(w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(1) == 9; }));
      (kind == crash_kind::process ? with : without) += std::chrono::duration<double>(w.now() - killed).count();
    }
  EXPECT_LT(with * 1.2, without);
}

TEST(Mesh, LeavesQuietly) {
  world w({.nodes = 60, .sites = 2, .seed = 6});
  w.start_all();
  w.run_for(seconds{20});
  w.leave(7);
  w.run_for(seconds{2});
  w.crash(7, crash_kind::process);
  w.run_for(seconds{60});
  for (std::uint32_t i = 0; i < 60; ++i)
    if (i != 7) EXPECT_EQ(w.seen().held(i, 7), member_state::left);
  w.start(7);
  EXPECT_TRUE(w.run_until_found(seconds{5}, milliseconds{100}, [&] { return w.are_views_equal(); }));
  expect_sound(w);
}

TEST(Mesh, HoldsUnderLossDuplicationAndReordering) {
  world w({.nodes = 100, .sites = 2, .seed = 7, .within_site = {.loss = 0.1, .duplication = 0.1, .reordering = 0.2},
           .between_sites = {.latency = milliseconds{40}, .jitter = milliseconds{10}, .loss = 0.1, .duplication = 0.1, .reordering = 0.2}});
  w.start_all();
  w.run_for(seconds{300});
  EXPECT_EQ(w.seen().false_deaths().size(), 0u);
  w.crash(3);
  EXPECT_TRUE(w.run_until_holds(seconds{20}, [&] { return w.seen().dead_views(3) == 99; }));
  expect_sound(w);
}

constexpr link_quality across_a_continent{.latency = milliseconds{80}, .jitter = milliseconds{10}, .loss = 0.01};

TEST(Mesh, ThreeSitesEightyMillisecondsApartHoldTogether) {
  for (const std::size_t nodes : {3, 12, 60}) {
    world w({.nodes = nodes, .sites = 3, .seed = 8, .between_sites = across_a_continent});
    w.start_all();
    w.run_for(seconds{1800});
    EXPECT_EQ(w.seen().false_deaths().size(), 0u) << nodes;
    EXPECT_TRUE(w.are_views_equal()) << nodes;
    w.crash(1);
    const auto killed = w.now();
    EXPECT_TRUE(w.run_until_holds(seconds{60}, [&] { return w.seen().dead_views(1) == nodes - 1; })) << nodes;
    EXPECT_LE(w.now() - killed, nodes == 3 ? seconds{15} : seconds{8}) << nodes << ": its own site notices with the times of a LAN";
    expect_sound(w);
  }
}

/// The way between the sites is gone for six seconds.
std::size_t buried_by_an_outage(const membership::swim_options& between_sites, std::uint64_t seed) {
  world w({.nodes = 12, .sites = 3, .seed = seed, .far = between_sites, .between_sites = across_a_continent});
  w.start_all();
  w.run_for(seconds{20});
  for (std::uint32_t i = 0; i < 12; ++i) w.net().put_in_group(i, i % 3);
  for (const auto& [from, to] : {std::pair{0, 1}, {0, 2}, {1, 2}}) {
    w.net().cut(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    w.net().cut(static_cast<std::size_t>(to), static_cast<std::size_t>(from));
  }
  w.note_fault();
  w.run_for(seconds{6});
  std::size_t buried = 0;
  for (std::uint32_t i = 0; i < 12; ++i) buried += w.seen().dead_views(i) > 0;
  w.net().heal();
  w.run_for(seconds{20});
  EXPECT_TRUE(w.are_views_equal());
  expect_sound(w);
  return buried;
}

TEST(Mesh, AnOutageOfSecondsBetweenSitesBuriesNobody) {
  std::size_t wide = 0, narrow = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    wide += buried_by_an_outage(membership::swim_options::wan(), seed);
    narrow += buried_by_an_outage(membership::swim_options::lan(), seed);
  }
  EXPECT_EQ(wide, 0u);
  EXPECT_GT(narrow, 0u) << "what the times of a LAN would do";
}

TEST(Mesh, ALiarCannotBuryAnybodyNorStirUpTheMesh) {
  world w({.nodes = 100, .sites = 2, .seed = 9});
  w.start_all();
  w.run_for(seconds{30});
  w.forget_traffic();
  w.run_for(seconds{30});
  const auto steady = w.sent().messages;
  w.forget_traffic();
  random_source chance(1);
  for (int i = 0; i < 3000; ++i) {
    const auto subject = static_cast<std::uint32_t>(1 + chance.below(99)), to = static_cast<std::uint32_t>(1 + chance.below(99));
    const auto at = w.node(subject).life->incarnation() + (i % 5 == 0 ? chance.below(1000) : 0);
    const auto verdict = i % 2 ? proto::accused_of::dead : proto::accused_of::suspect;
    w.inject(0, to, proto::rumours{{proto::seal({w.node(0).keys, w.mesh(), {1, static_cast<std::uint64_t>(i)}, 0},
                                                proto::accusation_body{w.node(subject).keys.own_key(), at, verdict}).raw}});
    w.run_for(milliseconds{10});
  }
  EXPECT_EQ(w.seen().false_deaths().size(), 0u);
  EXPECT_LE(w.sent().messages, 2 * steady) << "steady: " << steady;
  expect_sound(w);
}

class ChaosOf : public ::testing::TestWithParam<std::uint64_t> {};

/// A hundred seeds each: whatever happened, afterwards everybody knows everybody.
TEST_P(ChaosOf, EndsInAgreement) {
  for (std::uint64_t seed = GetParam() * 100; seed < (GetParam() + 1) * 100; ++seed) {
    const auto r = run_chaos(seed);
    EXPECT_TRUE(r.is_sound()) << "seed " << seed << " settled after " << r.settled_after_s << " s";
    for (const auto& v : r.violations) ADD_FAILURE() << "seed " << seed << ": " << v;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ChaosOf, ::testing::Values(1, 2, 3));

TEST(Chaos, EndsInAgreementInALargerMeshToo) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const auto r = run_chaos(seed, {.nodes = 100});
    EXPECT_TRUE(r.is_sound()) << "seed " << seed << " settled after " << r.settled_after_s << " s";
    for (const auto& v : r.violations) ADD_FAILURE() << "seed " << seed << ": " << v;
  }
}

}  // namespace
}  // namespace edgemesh::sim
