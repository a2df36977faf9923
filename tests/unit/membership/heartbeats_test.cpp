#include "membership/heartbeats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh::membership {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

node_key key(std::uint8_t n) {
  node_key k;
  k.bytes[0] = n;
  return k;
}

class Heartbeats : public testing::Test {
 protected:
  const node_key peer = key(1), other = key(2);
  instant now{seconds(1000)};
  heartbeats::way way{true, microseconds(0)};
  heartbeats machine;

  void SetUp() override { machine.link_up(peer); }
  heartbeats::round tick(milliseconds later = milliseconds(100)) {
    now += later;
    return machine.tick(now, [this](const node_key& k) { return k == peer ? way : heartbeats::way{}; });
  }
  /// Ticks and answers, so that the clock has run.
  void settle() {
    for (const auto& b : tick().beats) machine.answered(b.to, b.sequence);
  }
};

TEST_F(Heartbeats, AsksEachBusyLinkAtEachTick) {
  machine.link_up(other);
  const auto first = tick(), second = tick();
  ASSERT_EQ(first.beats.size(), 1u);
  ASSERT_EQ(second.beats.size(), 1u);
  EXPECT_EQ(first.beats[0].to, peer);
  EXPECT_GE(first.beats[0].sequence, heartbeats::first_sequence);
  EXPECT_NE(first.beats[0].sequence, second.beats[0].sequence);
}

TEST_F(Heartbeats, AsksNobodyWhileNothingIsOutstanding) {
  way.is_busy = false;
  EXPECT_THAT(tick().beats, IsEmpty());
}

TEST_F(Heartbeats, TakesANodeForSilentAfterThreeUnansweredBeats) {
  settle();
  EXPECT_THAT(tick().silent, IsEmpty());  // asked
  EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_THAT(tick().silent, ElementsAre(peer));  // 300 ms later
  EXPECT_THAT(tick().silent, IsEmpty());          // told once
}

TEST_F(Heartbeats, GoesOnAskingTheSilentOneUntilItIsBack) {
  settle();
  for (int i = 0; i < 4; ++i) tick();
  way.is_busy = false;  // its requests were moved elsewhere
  const auto asked = tick();
  ASSERT_EQ(asked.beats.size(), 1u);
  EXPECT_TRUE(machine.answered(peer, asked.beats[0].sequence));
  EXPECT_FALSE(machine.answered(peer, asked.beats[0].sequence));
  EXPECT_THAT(tick().beats, IsEmpty());
}

TEST_F(Heartbeats, AnOldAnswerIsASignOfLifeButLeavesTheLaterBeatsOpen) {
  settle();
  const auto first = tick();
  tick();
  tick();
  machine.answered(peer, first.beats[0].sequence);
  EXPECT_THAT(tick().silent, IsEmpty());          // of the second beat 200 ms have passed
  EXPECT_THAT(tick().silent, ElementsAre(peer));  // 300
}

TEST_F(Heartbeats, ALongWayIsNoSilence) {
  way.round_trip = milliseconds(400);
  settle();
  std::vector<std::uint32_t> under_way;
  for (int i = 0; i < 20; ++i) {
    const auto r = tick();
    EXPECT_THAT(r.silent, IsEmpty());
    under_way.push_back(r.beats[0].sequence);
    if (i >= 4) machine.answered(peer, under_way[static_cast<std::size_t>(i) - 4]);
  }
}

TEST_F(Heartbeats, WhoSleptItselfBlamesNobody) {
  settle();
  tick();
  tick();
  EXPECT_THAT(tick(seconds(10)).silent, IsEmpty());  // stopped and continued
  EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_THAT(tick().silent, ElementsAre(peer));
}

TEST_F(Heartbeats, AFreshRequestDoesNotInheritTheSilenceOfAnOldOne) {
  settle();
  tick();
  way.is_busy = false;  // ended before the beat came back
  tick();
  way.is_busy = true;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_THAT(tick().silent, ElementsAre(peer));
}

TEST_F(Heartbeats, RestsAfterTwoSecondsWithNothingOutstanding) {
  settle();
  way.is_busy = false;
  for (int i = 0; i < 19; ++i) EXPECT_TRUE(tick().goes_on);
  EXPECT_FALSE(tick().goes_on);
}

TEST_F(Heartbeats, ALostLinkIsForgotten) {
  settle();
  for (int i = 0; i < 4; ++i) tick();
  machine.link_down(peer);
  EXPECT_THAT(tick().beats, IsEmpty());
  EXPECT_FALSE(machine.answered(peer, heartbeats::first_sequence));
  machine.link_up(peer);
  EXPECT_THAT(tick().silent, IsEmpty());
}

TEST_F(Heartbeats, AnswersToBeatsThatWereNeverSentCountForNothing) {
  settle();
  for (int i = 0; i < 4; ++i) tick();
  EXPECT_FALSE(machine.answered(peer, 4000));
  EXPECT_FALSE(machine.answered(peer, 1));
  EXPECT_FALSE(machine.answered(other, heartbeats::first_sequence));
}

TEST_F(Heartbeats, SilenceOfLongStandingStaysSilence) {
  settle();
  for (int i = 0; i < 4; ++i) tick();
  for (int i = 0; i < 200; ++i) EXPECT_THAT(tick().silent, IsEmpty());
  EXPECT_TRUE(machine.answered(peer, heartbeats::first_sequence + 100));
}

}  // namespace
}  // namespace edgemesh::membership
