// Twelve failures that others had in production, each replayed against our machine.
#include <gtest/gtest.h>

#include "proto/frame.hpp"
#include "proto/records.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

using membership::member_state;

void settle(world& w) {
  w.start_all();
  ASSERT_TRUE(w.run_until_found(seconds{60}, milliseconds{200}, [&] { return w.are_views_equal(); }));
  w.run_for(seconds{10});
}

std::string liveness_of(world& w, std::uint32_t i, std::uint64_t incarnation, const mesh_id& mesh, bool is_leaving = false) {
  return proto::seal({w.node(i).keys, mesh, {incarnation, 0}, 0}, proto::liveness_body{incarnation, is_leaving}).raw;
}
std::string accusation_by(world& w, std::uint32_t accuser, std::uint32_t subject, std::uint64_t incarnation, proto::accused_of verdict) {
  return proto::seal({w.node(accuser).keys, w.mesh(), {1, 1}, 0},
                     proto::accusation_body{w.node(subject).keys.own_key(), incarnation, verdict}).raw;
}

void expect_sound(const world& w) {
  for (const auto& v : w.seen().violations()) ADD_FAILURE() << v;
}

std::size_t suspicions_raised(world& w) {
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < w.size(); ++i)
    if (w.node(i).is_running()) sum += w.node(i).life->counters().suspicions_raised;
  return sum;
}

TEST(ProductionFailures, F01OneDegradedNodeDoesNotMakeTheOthersFlap) {
  world w({.nodes = 200, .sites = 2, .seed = 11});
  settle(w);
  const auto before = w.seen().changes();
  w.forget_traffic();
  w.run_for(seconds{60});
  const auto steady = w.sent().messages;
  w.forget_traffic();
  w.net().set_own_quality(7, link_quality{.latency = milliseconds{400}, .jitter = milliseconds{400}, .loss = 0.4});
  w.slow_down(7, milliseconds{150});
  w.run_for(seconds{60});
  EXPECT_LE(w.sent().messages, 2 * steady);
  for (const auto& f : w.seen().false_deaths()) EXPECT_TRUE(f.subject == 7 || f.observer == 7) << f.observer << " buried " << f.subject;
  EXPECT_LE(w.node(7).life->counters().suspicions_raised, 30u) << "it doubts itself first";
  EXPECT_GE(w.node(7).life->health_score(), 3);
  EXPECT_GT(w.seen().changes(), before);
  expect_sound(w);
}

TEST(ProductionFailures, F01ADeafNodeThatHearsManyAccusedAccusesFewItself) {
  world w({.nodes = 30, .seed = 111});
  settle(w);
  std::vector<std::string> words;
  for (std::uint32_t i = 10; i < 26; ++i) {
    words.push_back(liveness_of(w, i, w.node(i).life->incarnation(), w.mesh()));
    words.push_back(accusation_by(w, 3, i, w.node(i).life->incarnation(), proto::accused_of::suspect));
  }
  w.inject(3, 7, proto::rumours{words});
  w.run_for(milliseconds{5});
  w.net().set_own_quality(7, link_quality{.loss = 1.0});  // now it looks for itself, and hears nothing
  const auto before = w.node(7).life->counters().suspicions_raised;
  std::vector<std::uint64_t> raised;
  for (int i = 0; i < 300; ++i) {
    raised.push_back(w.node(7).life->counters().suspicions_raised);
    w.run_for(milliseconds{100});
  }
  for (std::size_t i = 5; i < raised.size(); ++i) EXPECT_LE(raised[i] - raised[i - 5], 3u) << "within half a second";
  EXPECT_GT(raised.back(), before) << "it does accuse";
}

TEST(ProductionFailures, F01TheDeadAccuseNobody) {
  world w({.nodes = 20, .seed = 112});
  settle(w);
  w.crash(3);
  ASSERT_TRUE(w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(3) == 19; }));
  w.run_for(seconds{10});
  const auto changes = w.seen().changes();
  for (std::uint32_t to = 0; to < 20; ++to)
    if (to != 3 && to != 4 && to != 5) w.inject(5, to, proto::rumours{{accusation_by(w, 3, 4, w.node(4).life->incarnation(), proto::accused_of::suspect)}});
  w.run_for(seconds{1});
  EXPECT_EQ(w.seen().changes(), changes);
  EXPECT_EQ(w.node(4).life->counters().refutations, 0u);
}

TEST(ProductionFailures, F02MassRestartLeavesNobodyStuckDead) {
  world w({.nodes = 150, .sites = 3, .seed = 12});
  settle(w);
  for (std::uint32_t i = 0; i < 45; ++i) w.crash(i);
  w.run_for(seconds{40});
  EXPECT_EQ(w.seen().dead_views(0), 105u);
  for (std::uint32_t i = 0; i < 45; ++i) {
    if (i % 2 == 0) {  // back at incarnation 1: neither a disk nor a clock
      w.lose_disk(i);
      w.step_clock(i, -w.wall_ms(w.node(i)));
    }
    w.start_later(i, milliseconds{20 * i});
  }
  EXPECT_TRUE(w.run_until_found(seconds{11}, milliseconds{100}, [&] { return w.running() == 150 && w.are_views_equal(); }));
  expect_sound(w);
}

TEST(ProductionFailures, F02WhoAskedTheLifeBeforeDoesNotAccuseTheNextOne) {
  std::size_t accused = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    world w({.nodes = 100, .sites = 3, .seed = seed});
    settle(w);
    for (std::uint32_t i = 0; i < 10; ++i) {
      w.crash(i, crash_kind::process);  // its neighbours see their links go and ask at once
      w.start_later(i, milliseconds{250});
    }
    w.run_for(seconds{5});
    EXPECT_TRUE(w.are_views_equal()) << "seed " << seed;
    for (std::uint32_t i = 0; i < 10; ++i) accused += w.node(i).life->incarnation() != w.node(i).first_incarnation;
    expect_sound(w);
  }
  EXPECT_EQ(accused, 0u) << "nobody was silent in its present life";
}

TEST(ProductionFailures, F02ARestartInABlinkWithAWrongClockIsKnownToAll) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    world w({.nodes = 100, .sites = 3, .seed = seed});
    settle(w);
    w.step_clock(7, -w.wall_ms(w.node(7)));  // 1970: the new life counts on from the disk
    w.crash(7);
    w.run_for(milliseconds{300});  // nobody has missed it
    w.start(7);
    EXPECT_TRUE(w.run_until_found(seconds{5}, milliseconds{100}, [&] { return w.are_views_equal(); })) << "seed " << seed;
    expect_sound(w);
  }
}

TEST(ProductionFailures, F02WhoTellsAStaleAliveIsAnsweredWithTheAccusation) {
  world w({.nodes = 20, .seed = 121});
  settle(w);
  w.crash(5);
  ASSERT_TRUE(w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(5) == 19; }));
  w.run_for(seconds{30});
  const auto told = [&] { return w.sent().of_kind[proto::message(proto::rumours{}).index()]; };
  w.forget_traffic();
  w.run_for(seconds{5});
  ASSERT_EQ(told(), 0u) << "nothing is told any more";
  // As from a node that slept through the death.
  w.inject(8, 9, proto::rumours{{liveness_of(w, 5, w.node(5).highest_incarnation - 3, w.mesh())}});
  w.run_for(milliseconds{100});
  EXPECT_EQ(told(), 1u);
  EXPECT_EQ(w.seen().held(9, 5), member_state::dead);
}

TEST(ProductionFailures, F03AStaleAliveResurrectsNobody) {
  world w({.nodes = 20, .seed = 13});
  settle(w);
  const auto incarnation = w.node(3).life->incarnation();
  w.crash(3);
  ASSERT_TRUE(w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(3) == 19; }));
  for (std::uint32_t to = 0; to < 20; ++to)
    for (std::uint64_t i = 0; i < 5; ++i)
      if (to != 3) w.inject((to + 1) % 20 == 3 ? 5 : (to + 1) % 20, to, proto::rumours{{liveness_of(w, 3, incarnation - i, w.mesh())}});
  w.run_for(seconds{5});
  EXPECT_EQ(w.seen().dead_views(3), 19u);
  expect_sound(w);
}

TEST(ProductionFailures, F04AFlippedBitIsNeverTakenForNews) {
  world w({.nodes = 30, .seed = 14, .within_site = {.corruption = 0.02}});
  w.start_all();
  w.run_for(seconds{120});
  EXPECT_GT(w.sent().damaged, 200u);
  EXPECT_EQ(w.sent().damaged_accepted, 0u);
  EXPECT_EQ(w.seen().false_deaths().size(), 0u);
  for (std::uint32_t i = 0; i < 30; ++i) w.crash(i);  // drop all soft state and learn it again
  w.start_all();
  w.run_for(seconds{2});
  EXPECT_TRUE(w.run_until_found(seconds{58}, milliseconds{200}, [&] { return w.are_views_equal(); }));
  expect_sound(w);
}

TEST(ProductionFailures, F05NothingIsToldAgainWithoutAChange) {
  world w({.nodes = 50, .seed = 15});
  settle(w);
  std::vector<std::uint64_t> incarnations;
  for (std::uint32_t i = 0; i < 50; ++i) incarnations.push_back(w.node(i).life->incarnation());
  const auto changes = w.seen().changes();
  w.forget_traffic();
  w.run_for(seconds{600});
  EXPECT_EQ(w.seen().changes(), changes);
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(w.node(i).life->incarnation(), incarnations[i]);
  EXPECT_LE(w.sent().messages, 50u * 600u * 41u / 10u) << "pings and acks and no rumours";
}

TEST(ProductionFailures, F06ABusyNodeDoubtsItselfAndBuriesNobody) {
  world w({.nodes = 40, .seed = 16});
  settle(w);
  for (int i = 0; i < 60; ++i) {
    w.pause(9, milliseconds{1200});
    w.run_for(milliseconds{1500});
  }
  EXPECT_GE(w.node(9).life->health_score(), 1);
  EXPECT_EQ(w.node(9).life->counters().deaths, 0u);
  EXPECT_EQ(w.seen().false_deaths().size(), 0u) << "and nobody buries it";
  w.pause(9, seconds{13 * 60});
  w.run_for(seconds{13 * 60 + 10});
  EXPECT_EQ(w.node(9).life->counters().deaths, 0u);
  EXPECT_TRUE(w.are_views_equal());
  expect_sound(w);
}

TEST(ProductionFailures, F06WhoWasFrozenJudgesNobodyByTheTimeThatItSlept) {
  world w({.nodes = 20, .seed = 161});
  settle(w);
  // Two accuse node 4, which refutes; node 9 freezes between the accusation and the refutation.
  const auto at = w.node(4).life->incarnation();
  for (const std::uint32_t accuser : {1u, 2u})
    w.inject(accuser, 9, proto::rumours{{liveness_of(w, 4, at, w.mesh()), accusation_by(w, accuser, 4, at, proto::accused_of::suspect)}});
  w.run_for(microseconds{1050});
  ASSERT_EQ(w.seen().held(9, 4), member_state::suspect);
  w.pause(9, seconds{60});
  w.run_for(seconds{65});
  EXPECT_EQ(w.node(9).life->counters().deaths, 0u);
  EXPECT_EQ(w.seen().held(9, 4), member_state::alive);
  expect_sound(w);
}

TEST(ProductionFailures, F06WhoWasFrozenDuringItsProbesAccusesNobody) {
  world w({.nodes = 20, .seed = 162, .within_site = {.latency = milliseconds{80}}});  // a probe is always under way
  settle(w);
  for (int i = 0; i < 40; ++i) {
    w.pause(9, seconds{5});
    w.run_for(milliseconds{11'900 + 7 * i});
  }
  EXPECT_EQ(w.node(9).life->counters().suspicions_raised, 0u);
  expect_sound(w);
}

TEST(ProductionFailures, F07WordsInAnyOrderGiveTheSameVerdict) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    world w({.nodes = 6, .seed = seed});
    settle(w);
    const auto at = w.node(5).life->incarnation();
    w.crash(5);
    std::vector<std::string> words{liveness_of(w, 5, at, w.mesh()), liveness_of(w, 5, at, w.mesh(), true),
                                   accusation_by(w, 1, 5, at, proto::accused_of::suspect), accusation_by(w, 2, 5, at, proto::accused_of::suspect),
                                   accusation_by(w, 3, 5, at, proto::accused_of::dead)};
    random_source order(seed);
    for (std::size_t left = words.size(); left > 1; --left) std::swap(words[left - 1], words[order.below(left)]);
    for (std::size_t i = 0; i < 2 * words.size(); ++i) {  // news is told more than once
      const auto& word = words[i % words.size()];
      w.inject(1 + static_cast<std::uint32_t>(order.below(4)), 0, proto::rumours{{word}});
      w.run_for(milliseconds{5});
    }
    EXPECT_EQ(w.seen().held(0, 5), member_state::dead) << "seed " << seed;
    expect_sound(w);
  }
}

TEST(ProductionFailures, F08ALinkWithTrafficKeepsANodeAliveThatCannotAnswerProbes) {
  world w({.nodes = 10, .seed = 18});
  settle(w);
  w.net().set_own_quality(4, link_quality{.loss = 1.0});
  for (int i = 0; i < 600; ++i) {
    w.run_for(milliseconds{100});
    for (std::uint32_t other = 0; other < 10; ++other) {
      if (other == 4) continue;
      w.link_traffic(4, other);
      w.link_traffic(other, 4);
    }
  }
  EXPECT_EQ(w.seen().dead_views(4), 0u);
  EXPECT_EQ(suspicions_raised(w), 0u);
}

TEST(ProductionFailures, F09StepsOfTheClockMoveNothing) {
  const auto run = [](bool has_steps) {
    world w({.nodes = 12, .seed = 19});
    w.start_all();
    w.run_for(seconds{20});
    if (has_steps) {
      w.step_clock(1, -w.wall_ms(w.node(1)));              // 1970
      w.step_clock(2, 2'147'483'648'000 - w.wall_ms(w.node(2)));  // 2038
      w.step_clock(3, 3'600'000);
      w.step_clock(4, -3'600'000);
    }
    w.run_for(seconds{120});
    EXPECT_EQ(w.seen().false_deaths().size(), 0u);
    return w.trace_hash();
  };
  EXPECT_EQ(run(false), run(true));
}

TEST(ProductionFailures, F09ANodeThatRestartsIn1970CountsOn) {
  world w({.nodes = 12, .seed = 20});
  settle(w);
  w.crash(1);
  w.lose_disk(1);
  w.step_clock(1, -w.wall_ms(w.node(1)));
  w.run_for(seconds{20});
  w.start(1);
  EXPECT_TRUE(w.run_until_found(seconds{5}, milliseconds{50}, [&] { return w.are_views_equal(); }));
  EXPECT_GT(w.node(1).life->incarnation(), 1'000'000'000u) << "above its older life";
  expect_sound(w);
}

TEST(ProductionFailures, F10BothHalvesOfASplitMeshComeTogetherAgain) {
  world w({.nodes = 60, .sites = 2, .seed = 21});
  settle(w);
  for (std::uint32_t i = 0; i < 60; ++i) w.net().put_in_group(i, i % 2);
  w.net().cut(0, 1);
  w.net().cut(1, 0);
  w.note_fault();
  w.run_for(seconds{600});
  for (std::uint32_t i = 0; i < 60; ++i) EXPECT_EQ(w.seen().dead_views(i), 30u);
  w.net().heal();
  w.note_fault();
  EXPECT_TRUE(w.run_until_found(seconds{10}, milliseconds{100}, [&] { return w.are_views_equal(); }));
  expect_sound(w);
}

TEST(ProductionFailures, F10AOneWayCutBuriesNobodyWhomOthersReach) {
  world w({.nodes = 20, .seed = 22});
  settle(w);
  w.net().put_in_group(0, 1);
  w.net().put_in_group(1, 2);
  w.net().cut(1, 2);  // 0 cannot reach 1; 1 reaches 0
  w.note_fault();
  w.run_for(seconds{120});
  EXPECT_EQ(w.seen().dead_views(0) + w.seen().dead_views(1), 0u);
  expect_sound(w);
}

TEST(ProductionFailures, F11ANodeOfAnotherMeshChangesNothing) {
  world w({.nodes = 15, .seed = 23});
  settle(w);
  const auto changes = w.seen().changes();
  const mesh_id other{{0xff}};
  const auto incarnation = w.node(2).life->incarnation();
  for (std::uint32_t to = 0; to < 15; ++to) {
    const auto from = (to + 1) % 15;
    // What it signed for its own mesh, brought by somebody who moved to an address of ours.
    w.inject(from, to, proto::rumours{{liveness_of(w, from, incarnation + 1000, other), liveness_of(w, from, incarnation + 1000, other, true)}});
    w.inject(from, to, proto::ping{9, w.node(from).keys.own_key(), {}});
  }
  w.run_for(seconds{10});
  EXPECT_EQ(w.seen().changes(), changes);
  const auto frame = proto::seal_frame(1, proto::message_kind::ping, other, "");
  EXPECT_EQ(proto::open_frame(frame, w.mesh()).error(), proto::frame_fault::other_mesh);
}

TEST(ProductionFailures, F12ANodeThatWasAwayLearnsEverythingAnewAndBringsNothingBack) {
  world w({.nodes = 40, .sites = 2, .seed = 24});
  settle(w);
  const auto old_incarnation = w.node(6).life->incarnation();
  w.crash(5);
  w.run_for(seconds{30});
  w.leave(6);
  w.run_for(seconds{3});
  w.crash(6, crash_kind::process);
  w.crash(7);
  w.run_for(seconds{1800});
  w.start(5);
  w.inject(5, 8, proto::rumours{{liveness_of(w, 6, old_incarnation, w.mesh())}});  // all that it remembers
  EXPECT_TRUE(w.run_until_found(seconds{4}, milliseconds{50}, [&] {
    std::size_t known = 0;
    for (std::uint32_t i = 0; i < 40; ++i) known += w.seen().held(5, i) == member_state::alive;
    return known == 37;
  }));
  w.run_for(seconds{10});
  EXPECT_EQ(w.seen().held(5, 6), member_state::left);
  EXPECT_EQ(w.seen().held(5, 7), member_state::dead);
  EXPECT_EQ(w.seen().held(8, 6), member_state::left);
  expect_sound(w);
}

}  // namespace
}  // namespace edgemesh::sim
