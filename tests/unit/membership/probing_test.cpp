// Probes: direct, through helpers, for others; local health; and what counts as an answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "membership/local_health.hpp"
#include "tests/unit/membership/rig.hpp"

namespace edgemesh::membership::testing {
namespace {

TEST(LocalHealth, SaturatesAtBothEnds) {
  local_health h(8);
  h.probe_succeeded();
  EXPECT_EQ(h.score(), 0);
  for (int i = 0; i < 20; ++i) h.refuted();
  EXPECT_EQ(h.score(), 7);
  EXPECT_EQ(h.multiplier(), 8);
}

TEST(LocalHealth, AHelperThatSaysNoAnswerEitherProvesOurOwnHearing) {
  local_health h(8);
  h.probe_failed(3, 3);
  EXPECT_EQ(h.score(), 0);
  h.probe_failed(3, 1);
  EXPECT_EQ(h.score(), 2);
  h.probe_failed(0, 0);
  EXPECT_EQ(h.score(), 3) << "nobody could be asked";
}

TEST(LocalHealth, AMaximumOfOneSwitchesItOff) {
  local_health h(1);
  h.probe_failed(3, 0);
  h.came_late();
  EXPECT_EQ(h.multiplier(), 1);
}

TEST(Swim, ProbesEverybodyOnceBeforeAnybodyTwice) {
  rig r(6);
  r.meet_all(6);
  r.pass_answering(seconds{20}, {1, 2, 3, 4, 5, 6});
  const auto pings = r.all<proto::ping>();
  ASSERT_GE(pings.size(), 36u);
  for (std::size_t lap = 0; lap < 5; ++lap) {
    std::set<node_key> seen;
    for (std::size_t i = lap * 6; i < (lap + 1) * 6; ++i) seen.insert(pings[i].first);
    EXPECT_EQ(seen.size(), 6u) << "lap " << lap;
  }
}

TEST(Swim, AsksHelpersWhenTheDirectProbeHasNoAnswer) {
  rig r(6);
  r.meet_all(6);
  r.pass_answering(seconds{4}, {2, 3, 4, 5, 6});
  const auto requests = r.all<proto::ping_request>();
  ASSERT_GE(requests.size(), 3u);
  std::set<node_key> helpers;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(requests[i].second.target, key(1));
    helpers.insert(requests[i].first);
  }
  EXPECT_EQ(helpers.size(), 3u);
  EXPECT_EQ(helpers.count(key(1)), 0u);
}

TEST(Swim, SuspectsWhomNeitherItNorAHelperCanReach) {
  rig r(6);
  r.meet_all(6);
  r.pass_answering(seconds{6}, {2, 3, 4, 5, 6});
  EXPECT_NE(r.state(1), member_state::alive);
  EXPECT_GE(r.machine.counters().suspicions_raised, 1u);
  for (std::uint64_t n = 2; n <= 6; ++n) EXPECT_EQ(r.state(n), member_state::alive);
}

TEST(Swim, AnAnswerThroughAHelperCounts) {
  rig r(3);
  r.meet_all(3);
  for (int i = 0; i < 4000; ++i) {
    r.pass_answering(milliseconds{10}, {2, 3});
    for (const auto& [to, request] : r.all<proto::ping_request>())
      if (request.target == key(1)) r.say(2, proto::ack{request.sequence, 0, {}});
    r.sent.clear();
  }
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.machine.counters().suspicions_raised, 0u);
}

TEST(Swim, AnAckOfSomebodyWhoWasNotAskedProvesNothing) {
  rig r(3);
  r.meet_all(3);
  for (int i = 0; i < 4000; ++i) {
    r.pass_answering(milliseconds{10}, {});
    for (const auto& [to, ping] : r.all<proto::ping>())
      if (to == key(1)) r.say(3, proto::ack{ping.sequence, 0, {}});
    r.sent.clear();
  }
  EXPECT_NE(r.state(1), member_state::alive);
}

TEST(Swim, TrafficOnTheLinkCountsAsAnAnswer) {
  rig r(2);
  r.meet_all(2);
  for (int i = 0; i < 300; ++i) {
    r.pass_answering(milliseconds{100}, {2});
    r.machine.on_link_traffic(key(1), r.now);
  }
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.machine.counters().suspicions_raised, 0u);
  EXPECT_EQ(r.machine.health_score(), 0);
}

TEST(Swim, ALostLinkIsProbedNextAndIsNoVerdict) {
  rig r(20);
  r.meet_all(20);
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = 1; n <= 20; ++n) all.push_back(n);
  r.pass_answering(seconds{2}, all);
  r.settle();
  r.machine.on_link_lost(key(13), r.now);
  EXPECT_EQ(r.state(13), member_state::alive);
  r.pass_answering(milliseconds{500}, all);
  ASSERT_FALSE(r.all<proto::ping>().empty());
  EXPECT_EQ(r.all<proto::ping>().front().first, key(13));
}

TEST(Swim, ProbesForOthersAndPassesTheAnswerOn) {
  rig r(3);
  r.meet_all(3);
  r.say(1, proto::ping_request{42, key(2), {}});
  const auto pings = r.all<proto::ping>();
  ASSERT_EQ(pings.size(), 1u);
  EXPECT_EQ(pings[0].first, key(2));
  r.say(2, proto::ack{pings[0].second.sequence, 0, {}});
  const auto acks = r.all<proto::ack>();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].first, key(1));
  EXPECT_EQ(acks[0].second.sequence, 42u);
}

TEST(Swim, SaysSoWhenItHasNoAnswerForTheAsker) {
  rig r(3);
  r.meet_all(3);
  r.say(1, proto::ping_request{42, key(2), {}});
  r.pass_answering(milliseconds{100}, {1, 3});
  const auto nacks = r.all<proto::nack>();
  ASSERT_EQ(nacks.size(), 1u);
  EXPECT_EQ(nacks[0].first, key(1));
  EXPECT_EQ(nacks[0].second.sequence, 42u);
}

TEST(Swim, ProbesForOthersOnlySoOften) {
  rig r(3);
  r.meet_all(3);
  for (std::uint32_t i = 0; i < 1000; ++i) r.say(1, proto::ping_request{i, key(2), {}});
  EXPECT_LE(r.all<proto::ping>().size(), 64u);
}

TEST(Swim, ASuspectHearsOfItsSuspicionWithThePing) {
  rig r(2);
  r.meet_all(2);
  r.hear(2, {accusation_by(2, 1, 1)});
  r.settle();
  r.pass_answering(seconds{1}, {2});
  bool is_told = false;
  for (const auto& [to, ping] : r.all<proto::ping>()) is_told |= to == key(1) && rig::holds(ping, accusation_by(2, 1, 1));
  EXPECT_TRUE(is_told);
}

TEST(Swim, SmoothsTheRoundTripsOfDirectProbes) {
  rig r(1);
  r.meet_all(1);
  for (int i = 0; i < 50; ++i) {
    r.sent.clear();
    while (r.all<proto::ping>().empty()) r.pass(milliseconds{10});
    const auto ping = r.all<proto::ping>().back().second;
    r.pass(milliseconds{20});
    r.say(1, proto::ack{ping.sequence, 0, {}});
  }
  const auto members = r.machine.members();
  ASSERT_TRUE(members[0].round_trip.has_value());
  EXPECT_GE(*members[0].round_trip, milliseconds{20});
  EXPECT_LE(*members[0].round_trip, milliseconds{31});
}

TEST(Swim, ALongDistanceIsNotTakenForDeath) {
  rig r(1);
  r.meet_all(1);
  for (int i = 0; i < 100; ++i) {
    r.sent.clear();
    while (r.all<proto::ping>().empty()) r.pass(milliseconds{10});
    const auto ping = r.all<proto::ping>().front().second;
    r.pass(milliseconds{250});
    r.say(1, proto::ack{ping.sequence, 0, {}});
  }
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.machine.counters().suspicions_raised, 0u);
}

TEST(Swim, JudgesNobodyByTimeThatItSleptThrough) {
  rig r(5);
  r.meet_all(5);
  r.pass_answering(seconds{2}, {1, 2, 3, 4, 5});
  r.hear(2, {accusation_by(2, 1, 1)});
  r.now += seconds{60};  // frozen: no timer ran
  r.machine.tick(r.now, 0);
  r.collect();
  EXPECT_EQ(r.state(1), member_state::suspect) << "its refutation may wait in our socket";
  EXPECT_EQ(r.machine.counters().suspicions_raised, 0u);
  EXPECT_GE(r.machine.health_score(), 1);
  r.hear(1, {liveness_of(1, 2)});
  EXPECT_EQ(r.state(1), member_state::alive);
}

TEST(Swim, ASilentLifeSaysNothingAboutTheNextOne) {
  rig r(5);
  r.meet_all(5);
  r.pass_answering(seconds{3}, {1, 2, 3, 4, 5});
  r.settle();
  r.machine.on_link_lost(key(1), r.now);  // it is asked at once, and is down
  r.pass_answering(milliseconds{200}, {2, 3, 4, 5});
  ASSERT_TRUE(r.all<proto::ping_request>().size() > 0) << "helpers were asked";
  r.hear(2, {liveness_of(1, 640)});  // it started again
  r.settle();
  r.pass_answering(milliseconds{400}, {1, 2, 3, 4, 5});
  EXPECT_EQ(r.machine.counters().suspicions_raised, 0u) << "what was asked before has no answer, and needs none";
  EXPECT_EQ(r.state(1), member_state::alive);
  r.pass_answering(seconds{10}, {2, 3, 4, 5});
  EXPECT_GE(r.machine.counters().suspicions_raised, 1u) << "the new life is asked in its turn";
}

TEST(Swim, AnIllNodeProbesLessOften) {
  rig well(5), ill(5);
  well.meet_all(5);
  ill.meet_all(5);
  well.pass_answering(seconds{60}, {1, 2, 3, 4, 5});
  ill.pass_answering(seconds{1}, {1, 2, 3, 4, 5});
  for (int i = 0; i < 60; ++i) {
    ill.now += milliseconds{300};
    ill.machine.tick(ill.now, 0);
    ill.collect();
    ill.pass(milliseconds{700});
  }
  EXPECT_GE(ill.machine.health_score(), 5);
  EXPECT_LT(ill.machine.counters().probes * 3, well.machine.counters().probes);
}

TEST(Swim, OriginatesFewSuspicionsAtOnceAndDoubtsItself) {
  rig r(40);
  r.meet_all(40);
  for (std::uint64_t n = 1; n <= 40; ++n) r.machine.on_link_lost(key(n), r.now);
  r.pass(milliseconds{1600});
  EXPECT_LE(r.machine.counters().suspicions_raised, 6u);
  EXPECT_GE(r.machine.health_score(), 1);
}

TEST(Swim, TurnsToTheDeadNowAndThenSoThatTheyCanComeBack) {
  rig r(3);
  r.meet_all(3);
  r.hear(2, {accusation_by(2, 1, 1)});
  r.hear(3, {accusation_by(3, 1, 1, proto::accused_of::dead)});
  ASSERT_EQ(r.state(1), member_state::dead);
  r.pass_answering(seconds{60}, {2, 3});
  r.settle();
  r.pass_answering(seconds{10}, {2, 3});
  EXPECT_TRUE(r.has_told(1, liveness_of(1, 1)) && r.has_told(1, liveness_of(0, 10)));
}

TEST(Swim, RefreshesWhatOthersMayHaveMissed) {
  rig r(10);
  r.meet_all(10);
  std::vector<std::uint64_t> all{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  r.pass_answering(seconds{10}, all);  // the news has run dry
  r.settle();
  r.pass_answering(seconds{30}, all);
  for (std::uint64_t n = 1; n <= 10; ++n) EXPECT_GE(r.times_told(liveness_of(n, 1)), 1u) << n;
}

}  // namespace
}  // namespace edgemesh::membership::testing
