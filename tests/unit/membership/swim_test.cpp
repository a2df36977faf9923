// Meeting and leaving: how members come to be known, what a ping is answered with, and who is listened to at all.
#include "domain/incarnation.hpp"
#include "membership/swim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/membership/rig.hpp"

namespace edgemesh::membership::testing {
namespace {

TEST(Swim, NewsOfANodeThatIsNotAdmittedYetCountsWhenItIs) {
  rig r(3);
  r.meet_all(3);
  r.hear(1, {liveness_of(9, 5)});
  EXPECT_EQ(r.state(9), member_state::unknown);
  r.machine.admit(key(9), r.now);
  r.collect();
  EXPECT_EQ(r.state(9), member_state::alive);
  EXPECT_EQ(r.incarnation(9), 5u);
}

TEST(Swim, KeepsABoundedNumberOfProofsOfStrangersAndChecksThemBeforeTheyCount) {
  rig r(3);
  r.meet_all(3);
  auto forged = liveness_of(9, 5);
  forged.back() = static_cast<char>(forged.back() ^ 1);
  r.hear(1, {liveness_of(8, 5), forged});
  r.machine.admit(key(9), r.now);
  EXPECT_EQ(r.state(9), member_state::unknown);
  for (std::uint64_t n = 100; n < 200; ++n) r.hear(1, {liveness_of(n, 5)});
  r.machine.admit(key(8), r.now);
  EXPECT_EQ(r.state(8), member_state::unknown) << "64 newer ones came";
}

TEST(Swim, AMemberIsUnknownUntilItHasSignedThatItLives) {
  rig r(2);
  EXPECT_EQ(r.state(1), member_state::unknown);
  r.say(1, proto::ping{1, key(0), {}});
  EXPECT_EQ(r.state(1), member_state::unknown) << "a message is no proof of an incarnation";
  r.hear(1, {liveness_of(1, 5)});
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.incarnation(1), 5u);
}

TEST(Swim, GreetsUnknownMembersWithItsOwnProof) {
  rig r(2);
  r.pass(seconds{1});
  EXPECT_TRUE(r.has_told(1, liveness_of(0, 10)) || r.has_told(2, liveness_of(0, 10)));
}

TEST(Swim, AnswersAGreetingWithItsOwnProof) {
  rig r(1);
  r.say(1, proto::ping{77, key(0), {liveness_of(1, 3)}});
  const auto acks = r.all<proto::ack>();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].second.sequence, 77u);
  EXPECT_TRUE(rig::holds(acks[0].second, liveness_of(0, 10)));
}

TEST(Swim, IgnoresAPingThatIsMeantForAnotherNode) {
  rig r(2);
  r.say(1, proto::ping{1, key(2), {}});
  EXPECT_TRUE(r.all<proto::ack>().empty());
}

TEST(Swim, IgnoresWhoeverIsNotAMember) {
  rig r(1);
  r.say(9, proto::ping{1, key(0), {liveness_of(1, 5), liveness_of(9, 1)}});
  EXPECT_TRUE(r.sent.empty());
  EXPECT_EQ(r.state(1), member_state::unknown);
  r.hear(1, {liveness_of(1, 5), liveness_of(9, 1)});
  EXPECT_EQ(r.state(9), member_state::unknown);
}

TEST(Swim, ForgetsAnExpelledMemberAndWhatIsSaidAboutIt) {
  rig r(2);
  r.meet_all(2);
  r.machine.expel(key(1));
  r.hear(2, {liveness_of(1, 9)});
  EXPECT_EQ(r.state(1), member_state::unknown);
  EXPECT_EQ(r.machine.members().size(), 1u);
}

TEST(Swim, PassesNewsOnToOthers) {
  rig r(4);
  r.meet_all(4);
  r.hear(1, {liveness_of(2, 6)});
  r.pass(seconds{1});
  EXPECT_GE(r.times_told(liveness_of(2, 6)), 3u);
}

TEST(Swim, TellsOnlyItsNeighbours) {
  rig r(10);
  r.meet_all(10);
  r.machine.set_neighbours({key(1), key(2)});
  r.sent.clear();
  r.hear(1, {liveness_of(3, 6)});
  r.pass(seconds{5});
  ASSERT_FALSE(r.all<proto::rumours>().empty());
  for (const auto& [to, message] : r.all<proto::rumours>()) EXPECT_TRUE(to == key(1) || to == key(2));
  for (const auto& [to, message] : r.all<proto::ping>()) EXPECT_TRUE(to == key(1) || to == key(2));
}

TEST(Swim, AsksANeighbourForEverythingAfterAStart) {
  rig r(3);
  r.hear(1, {liveness_of(1, 1)});
  r.pass_answering(seconds{2}, {1});
  const auto asked = r.all<proto::rumours>();
  EXPECT_TRUE(std::ranges::any_of(asked, [](const auto& m) { return m.first == key(1) && m.second.updates.empty(); }));
}

TEST(Swim, AnswersTheQuestionForEverythingWithAllItKnows) {
  rig r(100);
  r.meet_all(100);
  r.hear(5, {});
  std::size_t told = 0;
  for (const auto& [to, message] : r.all<proto::rumours>()) {
    EXPECT_EQ(to, key(5));
    EXPECT_LE(message.updates.size(), proto::updates_max);
    told += message.updates.size();
  }
  EXPECT_EQ(told, 100u) << "itself and everybody but the asker";
  r.sent.clear();
  r.hear(5, {});
  EXPECT_TRUE(r.sent.empty()) << "not twice at once";
}

/// Everybody answers with this summary of what it knows. Does the machine ask anybody for everything meanwhile?
bool asks_when_told(rig& r, nanoseconds time, std::vector<std::uint64_t> who, std::uint64_t summary) {
  for (const auto end = r.now + time; r.now < end;) {
    r.sent.clear();
    r.pass(milliseconds{10});
    for (const auto& [to, ping] : r.all<proto::ping>())
      for (const auto n : who)
        if (to == key(n)) r.say(n, proto::ack{ping.sequence, 0, {}, summary});
    for (const auto& [to, message] : r.all<proto::rumours>())
      if (message.updates.empty()) return true;
  }
  return false;
}

TEST(Swim, AsksAgainWhenAllTheOthersKnowSomethingElse) {
  rig r(3);
  r.meet_all(3);
  r.pass_answering(seconds{20}, {1, 2, 3});
  EXPECT_FALSE(asks_when_told(r, seconds{60}, {1, 2, 3}, 0)) << "0 is no summary";
  EXPECT_TRUE(asks_when_told(r, seconds{4}, {1, 2, 3}, 0x1234));
  EXPECT_FALSE(asks_when_told(r, seconds{9}, {1, 2, 3}, 0x1234)) << "not again at once";
}

TEST(Swim, EqualTablesHaveEqualSummaries) {
  rig r(3);
  r.meet_all(3);
  r.say(1, proto::ping{1, key(0), {}});
  const auto before = r.all<proto::ack>().back().second.summary;
  EXPECT_NE(before, 0u);
  r.hear(2, {accusation_by(2, 1, 1)});
  r.say(3, proto::ping{1, key(0), {}});
  EXPECT_EQ(r.all<proto::ack>().back().second.summary, before) << "a suspicion is no knowledge yet";
  r.hear(3, {accusation_by(3, 1, 1, proto::accused_of::dead)});
  r.say(3, proto::ping{1, key(0), {}});
  EXPECT_NE(r.all<proto::ack>().back().second.summary, before);
  r.hear(3, {liveness_of(1, 9)});
  r.say(3, proto::ping{1, key(0), {}});
  EXPECT_EQ(r.all<proto::ack>().back().second.summary, before) << "a refutation is of the same life";
  r.hear(3, {liveness_of(1, next_life(9, 0))});
  r.say(3, proto::ping{1, key(0), {}});
  EXPECT_NE(r.all<proto::ack>().back().second.summary, before) << "who missed the news of another life has to find out";
}

TEST(Swim, ALeavingNodeTellsEverybodyAndStaysLeft) {
  rig r(3);
  r.meet_all(3);
  r.machine.leave(r.now, 0);
  r.collect();
  for (std::uint64_t n = 1; n <= 3; ++n) EXPECT_TRUE(r.has_told(n, liveness_of(0, 10, true)));
  r.hear(1, {liveness_of(0, 10), accusation_by(1, 0, 10)});
  EXPECT_TRUE(r.raised.empty()) << "a node that left does not refute";
}

TEST(Swim, AMemberThatLeftDoesNotComeBackInTheSameIncarnation) {
  rig r(2);
  r.meet_all(2);
  r.hear(1, {liveness_of(1, 1, true)});
  EXPECT_EQ(r.state(1), member_state::left);
  r.hear(2, {liveness_of(1, 1)});
  EXPECT_EQ(r.state(1), member_state::left);
  r.hear(2, {liveness_of(1, 2)});
  EXPECT_EQ(r.state(1), member_state::alive);
}

TEST(Swim, ReadsNoMoreThanAMessageMayHold) {
  rig r(1);
  r.hear(1, std::vector<std::string>(1000, "garbage"));
  EXPECT_LE(r.machine.counters().bad_records, proto::updates_max);
  EXPECT_GT(r.machine.counters().bad_records, 0u);
}

TEST(Swim, ATimerIsAlwaysDue) {
  rig r(3);
  r.meet_all(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(r.machine.next_due(), r.now + seconds{4});
    r.pass(milliseconds{100});
  }
}

}  // namespace
}  // namespace edgemesh::membership::testing
