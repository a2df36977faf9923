// Accusation and refutation: who is believed, how long a suspect has, and what outranks what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "membership/precedence.hpp"
#include "membership/suspicion.hpp"
#include "tests/unit/membership/rig.hpp"

namespace edgemesh::membership::testing {
namespace {

using proto::accused_of;

TEST(Precedence, AHigherIncarnationWinsAndDeadLeftSuspectAliveFollowAtEqualOnes) {
  const member_state order[] = {member_state::alive, member_state::suspect, member_state::left, member_state::dead};
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      EXPECT_EQ(outranks({5, order[a]}, {5, order[b]}), a > b);
      EXPECT_TRUE(outranks({6, order[a]}, {5, order[b]}));
      EXPECT_FALSE(outranks({4, order[a]}, {5, order[b]}));
    }
  EXPECT_TRUE(outranks({1, member_state::alive}, {}));
}

TEST(Suspicion, LastsAsLongAsTheFormulaSays) {
  const auto at = [](std::size_t n) { return std::chrono::duration<double>(suspicion_limits_of(swim_options::lan(), n, n).min).count(); };
  EXPECT_NEAR(at(2), 1.5, 1e-6);
  EXPECT_NEAR(at(10), 1.5, 1e-6);
  EXPECT_NEAR(at(100), 3.0, 1e-6);
  EXPECT_NEAR(at(1000), 4.5, 1e-6);
  const auto limits = suspicion_limits_of(swim_options::lan(), 100, 100);
  EXPECT_EQ(limits.max, 6 * limits.min);
  EXPECT_EQ(suspicion_limits_of(swim_options::wan(), 10, 10).min, seconds{8});
}

TEST(Suspicion, MoreConfirmationsShortenTheWait) {
  const suspicion_limits limits{seconds{2}, seconds{12}, 3};
  EXPECT_EQ(suspicion_time(limits, 0), seconds{12});
  EXPECT_NEAR(static_cast<double>(suspicion_time(limits, 1).count()), 7e9, 1e3) << "12 - 10 x ln 2 / ln 4";
  EXPECT_GT(suspicion_time(limits, 1), suspicion_time(limits, 2));
  EXPECT_EQ(suspicion_time(limits, 3), seconds{2});
  EXPECT_EQ(suspicion_time(limits, 50), seconds{2});
}

TEST(Suspicion, CountsEachAccuserOnceAndNoMoreThanItNeeds) {
  const instant at{seconds{10}};
  suspicion s({{seconds{2}, seconds{12}, 2}, {seconds{8}, seconds{48}, 2}});
  EXPECT_TRUE(s.accuse(key(1), true, at));
  EXPECT_FALSE(s.accuse(key(1), true, at));
  EXPECT_TRUE(s.accuse(key(2), true, at));
  EXPECT_FALSE(s.accuse(key(2), true, at));
  EXPECT_TRUE(s.accuse(key(3), true, at));
  EXPECT_FALSE(s.accuse(key(4), true, at)) << "it is confirmed enough";
  EXPECT_EQ(s.deadline(), instant{seconds{12}});
}

TEST(Suspicion, OtherSitesAloneLeaveTheLongTime) {
  suspicion s({{seconds{2}, seconds{12}, 2}, {seconds{8}, seconds{48}, 3}});
  const instant at{seconds{10}};
  for (std::uint64_t n = 1; n <= 4; ++n) EXPECT_TRUE(s.accuse(key(n), false, at));
  EXPECT_FALSE(s.accuse(key(5), false, at)) << "it is confirmed enough";
  EXPECT_EQ(s.deadline(), instant{seconds{18}});
}

TEST(Suspicion, AnAccuserOfItsOwnSiteSetsTheShortTime) {
  suspicion s({{seconds{2}, seconds{12}, 2}, {seconds{8}, seconds{48}, 3}});
  EXPECT_TRUE(s.accuse(key(1), false, instant{seconds{10}}));
  EXPECT_EQ(s.deadline(), instant{seconds{58}});
  EXPECT_TRUE(s.accuse(key(2), true, instant{seconds{11}}));
  EXPECT_EQ(s.deadline(), instant{seconds{23}}) << "from its word on, without confirmations of that site";
  EXPECT_TRUE(s.accuse(key(3), true, instant{seconds{11}}));
  EXPECT_TRUE(s.accuse(key(4), true, instant{seconds{11}}));
  EXPECT_EQ(s.deadline(), instant{seconds{13}});
  s.postpone(seconds{1});
  EXPECT_EQ(s.deadline(), instant{seconds{14}});
}

TEST(Suspicion, AVerdictGivesTheShortestTimeOfWhoeverAccuses) {
  const suspicion_terms terms{{seconds{2}, seconds{12}, 2}, {seconds{8}, seconds{48}, 3}};
  suspicion from_afar(terms), from_near(terms);
  (void)from_afar.accuse(key(1), false, instant{seconds{10}});
  (void)from_near.accuse(key(1), true, instant{seconds{10}});
  from_afar.hasten();
  from_near.hasten();
  EXPECT_EQ(from_afar.deadline(), instant{seconds{18}});
  EXPECT_EQ(from_near.deadline(), instant{seconds{12}});
}

TEST(Suspicion, AMeshOfTwoExpectsNoConfirmation) {
  EXPECT_EQ(suspicion_limits_of(swim_options::lan(), 2, 2).confirmations, 0);
  EXPECT_EQ(suspicion_limits_of(swim_options::lan(), 3, 3).confirmations, 1);
  EXPECT_EQ(suspicion_limits_of(swim_options::lan(), 50, 50).confirmations, 3);
}

TEST(Suspicion, ASiteOfTwoInALargeMeshExpectsNoConfirmationFromThere) {
  const auto limits = suspicion_limits_of(swim_options::lan(), 100, 2);
  EXPECT_EQ(limits.confirmations, 0);
  EXPECT_EQ(limits.min, seconds{3}) << "the news of it still has to cross the whole mesh";
}

TEST(Swim, BelievesAnAccusationUntilItsSubjectRefutesIt) {
  rig r(5);
  r.meet_all(5);
  r.hear(2, {liveness_of(1, 1), accusation_by(2, 1, 1)});
  EXPECT_EQ(r.state(1), member_state::suspect);
  r.hear(3, {liveness_of(1, 2)});
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.incarnation(1), 2u);
}

TEST(Swim, AnAliveAtTheAccusedIncarnationRefutesNothing) {
  rig r(5);
  r.meet_all(5);
  r.hear(2, {accusation_by(2, 1, 1)});
  r.hear(1, {liveness_of(1, 1)});
  EXPECT_EQ(r.state(1), member_state::suspect);
}

TEST(Swim, ASuspectThatStaysSilentIsDead) {
  rig r(5);
  r.meet_all(5);
  for (std::uint64_t accuser : {2, 3, 4, 5}) r.hear(accuser, {accusation_by(accuser, 1, 1)});
  r.pass_answering(milliseconds{1400}, {2, 3, 4, 5});
  EXPECT_EQ(r.state(1), member_state::suspect);
  r.pass_answering(milliseconds{200}, {2, 3, 4, 5});
  EXPECT_EQ(r.state(1), member_state::dead);
}

TEST(Swim, DropsAnAccusationOfAnIncarnationThatItsSubjectNeverSigned) {
  rig r(3);
  r.meet_all(3);
  r.hear(2, {accusation_by(2, 1, 2)});
  r.hear(2, {accusation_by(2, 1, 1'000'000, accused_of::dead)});
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.machine.counters().ignored_accusations, 2u);
}

TEST(Swim, DropsALivenessProofThatItsSubjectDidNotSign) {
  rig r(3);
  r.meet_all(3);
  auto forged = liveness_of(1, 500);
  forged.back() = static_cast<char>(forged.back() ^ 1);
  r.hear(2, {forged});
  EXPECT_EQ(r.incarnation(1), 1u);
  EXPECT_EQ(r.machine.counters().bad_records, 1u);
}

TEST(Swim, DropsAnIncarnationFromWhichNobodyCouldCountOn) {
  rig r(2);
  r.hear(1, {liveness_of(1, ~std::uint64_t{0})});
  EXPECT_EQ(r.state(1), member_state::unknown);
  EXPECT_EQ(r.machine.counters().bad_records, 1u);
}

TEST(Swim, DropsARecordOfAnotherMesh) {
  rig r(2);
  const auto keys = fake_signing::of(1);
  const mesh_id other{{1}};
  r.hear(1, {proto::seal({keys, other, {4, 0}, 0}, proto::liveness_body{4, false}).raw});
  EXPECT_EQ(r.state(1), member_state::unknown);
}

TEST(Swim, RefutesASuspicionAboutItself) {
  rig r(3);
  r.meet_all(3);
  r.hear(1, {liveness_of(0, 10), accusation_by(1, 0, 10)});
  EXPECT_EQ(r.machine.incarnation(), 11u);
  EXPECT_EQ(r.raised, std::vector<std::uint64_t>{11});
  EXPECT_TRUE(r.has_told(1, liveness_of(0, 11))) << "the accuser hears it at once";
  EXPECT_EQ(r.machine.counters().refutations, 1u);
  EXPECT_EQ(r.machine.health_score(), 1);
  r.pass(seconds{1});
  EXPECT_TRUE(r.has_told(2, liveness_of(0, 11)) && r.has_told(3, liveness_of(0, 11)));
}

TEST(Swim, RaisesItsIncarnationBeforeItUsesIt) {
  rig r(2);
  r.meet_all(2);
  r.machine.on_message(key(1), proto::rumours{{accusation_by(1, 0, 10)}}, r.now, 0);
  bool is_raised = false;
  for (const auto& a : r.machine.take_actions()) {
    if (std::holds_alternative<incarnation_raised>(a)) is_raised = true;
    if (const auto* m = std::get_if<send_message>(&a); m && rig::holds(m->what, liveness_of(0, 11))) EXPECT_TRUE(is_raised);
  }
  EXPECT_TRUE(is_raised);
}

TEST(Swim, AnswersAnOldAccusationOfItselfWithItsNewerLife) {
  rig r(2);
  r.meet_all(2);
  r.hear(1, {accusation_by(2, 0, 4)});
  EXPECT_TRUE(r.raised.empty());
  EXPECT_TRUE(r.has_told(1, liveness_of(0, 10)));
}

TEST(Swim, CountsOnWhereAnOlderLifeOfItLeftOff) {
  rig r(2);
  r.meet_all(2);
  r.hear(1, {liveness_of(0, 500)});
  EXPECT_EQ(r.raised, std::vector<std::uint64_t>{512});
  r.hear(1, {liveness_of(0, 600, true)});
  EXPECT_EQ(r.machine.incarnation(), 640u) << "an older life left; this one is here";
}

TEST(Swim, DoesNotRefuteAnIncarnationThatItNeverSigned) {
  rig r(2);
  r.meet_all(2);
  r.hear(1, {accusation_by(1, 0, 999)});
  EXPECT_TRUE(r.raised.empty());
}

TEST(Swim, DoesNotListenToAccusersThatItHoldsSuspectOrDead) {
  rig r(5);
  r.meet_all(5);
  r.hear(3, {accusation_by(3, 2, 1)});
  ASSERT_EQ(r.state(2), member_state::suspect);
  r.hear(2, {accusation_by(2, 1, 1)});
  EXPECT_EQ(r.state(1), member_state::alive);
  EXPECT_EQ(r.machine.counters().ignored_accusations, 1u);
}

TEST(Swim, AnswersAStaleAliveWithTheAccusation) {
  rig r(5);
  r.hear(1, {liveness_of(1, 7)});
  r.hear(2, {liveness_of(2, 1)});
  r.hear(2, {accusation_by(2, 1, 7, accused_of::dead)});
  r.pass(seconds{1});
  r.settle();
  r.hear(1, {liveness_of(1, 3)});
  EXPECT_TRUE(r.has_told(1, accusation_by(2, 1, 7, accused_of::dead)));
  EXPECT_TRUE(r.has_told(1, liveness_of(1, 7))) << "with the proof that it signed that incarnation";
  EXPECT_EQ(r.incarnation(1), 7u) << "the incarnation that evidence raised stays";
}

TEST(Swim, AVerdictOfOneNodeGivesItsSubjectTimeToAnswer) {
  rig r(5);
  r.meet_all(5);
  r.hear(2, {accusation_by(2, 1, 1, accused_of::dead)});
  EXPECT_EQ(r.state(1), member_state::suspect);
  r.hear(2, {accusation_by(2, 1, 1, accused_of::suspect), accusation_by(2, 1, 1, accused_of::dead)});
  EXPECT_EQ(r.state(1), member_state::suspect) << "its own two words are still one witness";
  r.pass_answering(milliseconds{1600}, {2, 3, 4, 5});
  EXPECT_EQ(r.state(1), member_state::suspect) << "it looks for itself first";
  r.pass_answering(seconds{3}, {2, 3, 4, 5});
  EXPECT_EQ(r.state(1), member_state::dead);
}

TEST(Swim, BuriesNobodyOnHearsayWhoAnswersItself) {
  rig r(5);
  r.meet_all(5);
  r.hear(2, {accusation_by(2, 1, 1, accused_of::dead)});
  r.pass_answering(seconds{60}, {1, 2, 3, 4, 5});
  EXPECT_EQ(r.state(1), member_state::suspect) << "until its refutation comes";
}

TEST(Swim, BelievesAVerdictAboutAStrangerOnlyFromOneWhomItAsked) {
  rig r(3);
  r.hear(2, {liveness_of(2, 1)});
  r.hear(2, {liveness_of(1, 1), accusation_by(2, 1, 1, accused_of::dead)});
  EXPECT_EQ(r.state(1), member_state::suspect);
  rig asking(3);
  asking.hear(2, {liveness_of(2, 1)});
  asking.say(2, proto::ack{1, 0, {}});
  asking.hear(2, {liveness_of(1, 1), accusation_by(2, 1, 1, accused_of::dead)});
  EXPECT_EQ(asking.state(1), member_state::dead);
}

TEST(Swim, AVerdictThatAnotherAccuserBacksCountsAtOnce) {
  rig r(5);
  r.meet_all(5);
  r.hear(3, {accusation_by(3, 1, 1)});
  r.hear(2, {accusation_by(2, 1, 1, accused_of::dead)});
  EXPECT_EQ(r.state(1), member_state::dead);
}

TEST(Swim, PassesADeathOnUnderItsOwnNameWhenTheAccuserDiedToo) {
  rig r(5);
  r.meet_all(5);
  r.hear(3, {accusation_by(3, 1, 1)});
  r.hear(2, {accusation_by(2, 1, 1, accused_of::dead)});
  r.hear(3, {accusation_by(3, 2, 1)});
  r.hear(4, {accusation_by(4, 2, 1, accused_of::dead)});
  r.pass(seconds{1});
  r.settle();
  r.hear(5, {});
  EXPECT_FALSE(r.has_told(5, accusation_by(2, 1, 1, accused_of::dead)));
  rig other(5);
  other.meet_all(5);
  other.machine.expel(key(1));
  other.machine.admit(key(1), other.now);
  other.say(5, proto::ack{1, 0, {}});  // it asks for everything
  for (const auto& [to, message] : r.all<proto::rumours>()) other.hear(5, message.updates);
  EXPECT_EQ(other.state(1), member_state::dead);
}

TEST(Swim, DoesNotHearOneAccuserAboutEverybody) {
  rig r(20);
  r.meet_all(20);
  for (std::uint64_t n = 2; n <= 10; ++n) {
    r.hear(1, {accusation_by(1, n, 1)});
    r.hear(n, {liveness_of(n, 2)});
  }
  EXPECT_GE(r.machine.counters().ignored_accusations, 6u);
  r.hear(11, {accusation_by(11, 2, 2)});
  EXPECT_EQ(r.state(2), member_state::suspect) << "others are heard";
}

TEST(Swim, ForgivesAnAccuserWithTime) {
  rig r(20);
  r.meet_all(20);
  for (std::uint64_t n = 2; n <= 10; ++n) {
    r.hear(1, {accusation_by(1, n, 1)});
    r.hear(n, {liveness_of(n, 2)});
  }
  r.pass_answering(seconds{300}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  r.hear(1, {accusation_by(1, 15, 1)});
  EXPECT_EQ(r.state(15), member_state::suspect);
}

TEST(Swim, KeepsTheSuspicionOfOneThatFlapsToItselfForAWhile) {
  rig r(8);
  r.meet_all(8);
  std::uint64_t incarnation = 1;
  for (; incarnation < 4; ++incarnation) {  // suspected and refuted, three times
    r.hear(2, {accusation_by(2, 1, incarnation)});
    r.hear(3 + incarnation, {accusation_by(3 + incarnation, 1, incarnation)});
    r.hear(1, {liveness_of(1, incarnation + 1)});
  }
  r.pass_answering(seconds{1}, {2, 3, 4, 5, 6, 7, 8});
  while (r.state(1) != member_state::suspect) r.pass_answering(milliseconds{10}, {2, 3, 4, 5, 6, 7, 8});
  r.settle();
  const auto said_to_others = [&] {
    return std::ranges::any_of(r.sent, [&](const told& t) {
      return t.to != key(1) && std::ranges::any_of(rig::updates_of(t.what), [&](const std::string& raw) {
               return proto::read_record(raw)->head.kind == proto::record_kind::accusation;
             });
    });
  };
  r.pass_answering(seconds{1}, {2, 3, 4, 5, 6, 7, 8});
  EXPECT_FALSE(said_to_others());
  r.pass_answering(seconds{4}, {2, 3, 4, 5, 6, 7, 8});
  EXPECT_TRUE(said_to_others()) << "it stayed silent";
}

TEST(Swim, AnswersAnUnbelievedAccuserWithoutTroublingTheRest) {
  rig r(8);
  r.meet_all(8);
  r.hear(1, {accusation_by(1, 0, 10)});
  r.pass_answering(seconds{3}, {1, 2, 3, 4, 5, 6, 7, 8});
  r.settle();
  r.hear(1, {accusation_by(1, 0, 11)});
  EXPECT_TRUE(r.raised.empty()) << "not more often than every five seconds";
  r.pass_answering(seconds{3}, {1, 2, 3, 4, 5, 6, 7, 8});
  r.settle();
  r.hear(1, {accusation_by(1, 0, 11)});
  EXPECT_EQ(r.raised, std::vector<std::uint64_t>{12});
  EXPECT_EQ(r.sent.size(), 1u) << "only the accuser is answered";
}

}  // namespace
}  // namespace edgemesh::membership::testing
