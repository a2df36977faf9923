#include "replication/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int a = 1, b = 2, c = 3, d = 4, thief = 9;

class Roster : public ::testing::Test {
 protected:
  proto::sealed_record founding = w.admit(a, a, 0);
  roster made() const { return roster(w.root_of(founding), keys); }
  roster of(const std::vector<proto::sealed_record>& records) const {
    auto r = made();
    for (const auto& record : records) r.learn(record);
    return r;
  }
  static std::vector<std::string> names(const roster& r, std::int64_t now_s = start_s) {
    std::vector<std::string> out;
    for (const auto& m : r.members(now_s)) out.push_back(m.name);
    std::ranges::sort(out);
    return out;
  }
  static record_writer w;
  static const fake_signing keys;
};
record_writer Roster::w;
const fake_signing Roster::keys = fake_signing::of(0);

TEST_F(Roster, BeginsWithTheFounder) {
  auto r = made();
  EXPECT_THAT(r.members(start_s), IsEmpty());
  EXPECT_TRUE(r.learn(founding));
  EXPECT_FALSE(r.learn(founding));
  const auto* m = r.find(key_of(a), start_s);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->name, "n1");
  EXPECT_EQ(m->role, node_role::full);
}

TEST_F(Roster, BelievesNoOtherFounder) {
  EXPECT_THAT(names(of({w.admit(b, b, 0), w.admit(b, c, 1)})), IsEmpty());
  EXPECT_THAT(names(of({founding, w.admit(b, b, 0)})), ElementsAre("n1"));
}

TEST_F(Roster, KeepsTheFoundingRecordWhateverTheFounderSaysOfItselfLater) {
  auto other = w.admit(a, a, 10, node_role::edge, "other");
  for (const auto& r : {of({founding, other}), of({other, founding})}) {
    ASSERT_TRUE(r.find(key_of(a), start_s));
    EXPECT_EQ(r.find(key_of(a), start_s)->role, node_role::full);
    EXPECT_TRUE(r.may_keep(other));
    EXPECT_TRUE(r.may_keep(founding));
  }
}

TEST_F(Roster, LetsTheFounderRenewItselfAndOthersRenewIt) {
  const auto own = w.admit(a, a, 10, node_role::full, "n1", start_s + 2 * year_s);
  for (const auto& r : {of({founding, own}), of({own, founding})}) EXPECT_TRUE(r.find(key_of(a), start_s + 2 * year_s));
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, a, 20, node_role::full, "n1", start_s + 3 * year_s)});
  EXPECT_TRUE(r.find(key_of(a), start_s + 3 * year_s));
  // And with that it may go on admitting after the founding record's end.
  r.learn(w.admit(a, c, 2 * year_s * 1000, node_role::edge, "n3", start_s + 4 * year_s));
  EXPECT_TRUE(r.find(key_of(c), start_s + 3 * year_s));
  // Without it has ended, whatever it says of itself.
  EXPECT_FALSE(of({founding, w.admit(a, a, 2 * year_s * 1000, node_role::full, "n1", start_s + 9 * year_s)}).find(key_of(a), start_s + 2 * year_s));
}

TEST_F(Roster, FollowsAChainOfAdmissions) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 20, node_role::edge)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n2", "n3"));
  EXPECT_EQ(r.find(key_of(c), start_s)->admitted_by, key_of(b));
  EXPECT_EQ(r.find(key_of(c), start_s)->role, node_role::edge);
}

TEST_F(Roster, CountsNothingThatAnEdgeNodeSigns) {
  auto r = of({founding, w.admit(a, b, 10, node_role::edge), w.admit(b, c, 20), w.evict(b, a, 20, 0)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n2"));
}

TEST_F(Roster, KeepsThoseThatAnEvictedFounderAdmitted) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 20), w.evict(b, a, 30, 25)});
  EXPECT_THAT(names(r), ElementsAre("n2", "n3"));
  EXPECT_TRUE(r.is_evicted(key_of(a)));
  EXPECT_THAT(r.evicted(), ElementsAre(key_of(a)));
  // Those that are left go on without it.
  EXPECT_TRUE(r.learn(w.admit(c, d, 40)));
  EXPECT_THAT(names(r), ElementsAre("n2", "n3", "n4"));
}

TEST_F(Roster, PutsOutWhomAnEvictedKeyAdmittedAfterItsEvictionCounts) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 20), w.admit(b, d, 40), w.evict(a, b, 50, 30)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n3"));
}

TEST_F(Roster, NeverTakesAnEvictedKeyBack) {
  auto r = of({founding, w.admit(a, b, 10), w.evict(a, b, 20, 20), w.admit(a, b, 30)});
  EXPECT_THAT(names(r), ElementsAre("n1"));
  EXPECT_FALSE(r.learn(w.admit(a, b, 40)));
}

TEST_F(Roster, CountsAnEvictionThatCameBeforeItsSubjectWasKnown) {
  EXPECT_THAT(names(of({founding, w.evict(a, b, 20, 20), w.admit(a, b, 10)})), ElementsAre("n1"));
}

TEST_F(Roster, IgnoresTheEvictionsOfAnEvictedKey) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(a, c, 11), w.evict(a, b, 50, 30), w.evict(b, c, 40, 0), w.evict(b, a, 60, 55)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n3"));
}

TEST_F(Roster, GivesBackWhomAStolenKeyEvictedOnceThatKeyIsEvictedFromBefore) {
  std::vector records{founding, w.admit(a, b, 10), w.admit(a, c, 11), w.admit(b, d, 12), w.evict(c, b, 40, 0)};
  EXPECT_THAT(names(of(records)), ElementsAre("n1", "n3"));  // b, and d who rests on b
  records.push_back(w.evict(a, c, 50, 30));
  EXPECT_THAT(names(of(records)), ElementsAre("n1", "n2", "n4"));
}

TEST_F(Roster, PutsBothOutWhenTwoFullMembersEvictEachOther) {
  std::vector records{founding, w.admit(a, b, 10), w.admit(a, c, 11), w.evict(b, c, 40, 20), w.evict(c, b, 41, 20)};
  EXPECT_THAT(names(of(records)), ElementsAre("n1"));
  // Who was admitted by them before their dispute stays, who was admitted after its beginning does not.
  records.push_back(w.admit(b, d, 15));
  records.push_back(w.admit(c, 5, 30));
  EXPECT_THAT(names(of(records)), ElementsAre("n1", "n4"));
  // A third one can settle it: c's key was stolen at 38.
  records.push_back(w.evict(a, c, 50, 38));
  EXPECT_THAT(names(of(records)), ElementsAre("n1", "n2", "n4"));
}

TEST_F(Roster, PutsBothOutAlsoWhenEachDisputesTheOthersWholeLife) {
  auto r = of({founding, w.admit(a, b, 10), w.evict(b, a, 40, 0), w.evict(a, b, 41, 0)});
  EXPECT_THAT(names(r), IsEmpty());
}

TEST_F(Roster, LetsAFullMemberThrowItselfOut) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 15), w.evict(b, b, 20, 18)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n3"));
}

TEST_F(Roster, LetsANewKeyTakeAMembersPlace) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 20), w.succeed(b, d, 30)});
  EXPECT_FALSE(r.find(key_of(b), start_s));
  EXPECT_TRUE(r.is_succeeded(key_of(b)));
  ASSERT_TRUE(r.find(key_of(d), start_s));
  EXPECT_EQ(r.find(key_of(d), start_s)->name, "n2");
  EXPECT_EQ(r.find(key_of(d), start_s)->role, node_role::full);
  EXPECT_TRUE(r.find(key_of(c), start_s));
  // The old key's word ends with it, the new one's begins.
  EXPECT_FALSE(r.learn(w.admit(b, 5, 31)));
  EXPECT_TRUE(r.learn(w.admit(d, 6, 32)));
}

TEST_F(Roster, LetsAnAnnouncedKeyInBesideTheOldOne) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, d, 30, true)});
  EXPECT_THAT(names(r), ElementsAre("n1", "n2"));
  EXPECT_EQ(r.heirs(), (std::map{std::pair(key_of(d), key_of(b))}));
  EXPECT_FALSE(r.find(key_of(d), start_s));
  EXPECT_TRUE(r.find(key_of(b), start_s));
  // Both describe the node; the new one decides nothing about others yet.
  EXPECT_TRUE(r.may_keep(w.describe(b, 40)));
  EXPECT_TRUE(r.may_keep(w.describe(d, 40)));
  r.learn(w.admit(d, 5, 41));
  EXPECT_FALSE(r.find(key_of(5), start_s));
  EXPECT_TRUE(r.learn(w.admit(b, 6, 42)));
  // Then it follows.
  const auto removals = r.removals();
  EXPECT_TRUE(r.learn(w.succeed(b, d, 50)));
  EXPECT_GT(r.removals(), removals);
  EXPECT_THAT(r.heirs(), IsEmpty());
  EXPECT_EQ(r.find(key_of(d), start_s)->name, "n2");
  EXPECT_THAT(r.find(key_of(d), start_s)->former, ElementsAre(key_of(b)));
  EXPECT_EQ(r.standing_of(key_of(b), start_s), key_standing::replaced);
  EXPECT_FALSE(r.may_keep(w.describe(b, 60)));
  EXPECT_TRUE(r.may_keep(w.describe(d, 60)));
}

TEST_F(Roster, KnowsOneHeirOfAMemberTheLatest) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, c, 20, true), w.succeed(b, d, 30, true)});
  EXPECT_EQ(r.heirs(), (std::map{std::pair(key_of(d), key_of(b))}));
  // An older announcement that comes late does not bring the old heir back after the change.
  r.learn(w.succeed(b, d, 40));
  EXPECT_THAT(r.heirs(), IsEmpty());
  EXPECT_FALSE(r.find(key_of(c), start_s));
}

TEST_F(Roster, PutsTheHeirOutWithTheMemberThatIsEvicted) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, d, 30, true)});
  const auto removals = r.removals();
  r.learn(w.evict(a, b, 40, 40));
  EXPECT_THAT(r.heirs(), IsEmpty());
  EXPECT_GT(r.removals(), removals);
  EXPECT_FALSE(r.may_keep(w.describe(d, 50)));
}

TEST_F(Roster, ShowsAnHeirToAStranger) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, d, 30, true)});
  auto stranger = made();
  for (const auto& raw : r.proofs_of(key_of(d))) stranger.learn(*proto::read_record(raw));
  EXPECT_EQ(stranger.heirs(), r.heirs());
}

TEST_F(Roster, SaysWhyAKeyIsNone) {
  auto r = of({founding, w.admit(a, b, 10, node_role::full, "n2", start_s + 100), w.admit(a, c, 11), w.admit(a, d, 12), w.evict(a, c, 20, 20), w.succeed(d, 5, 30)});
  const auto later = start_s + 1000;
  EXPECT_EQ(r.standing_of(key_of(a), later), key_standing::member);
  EXPECT_EQ(r.standing_of(key_of(b), later), key_standing::ended);
  EXPECT_EQ(r.standing_of(key_of(c), later), key_standing::evicted);
  EXPECT_EQ(r.standing_of(key_of(d), later), key_standing::replaced);
  EXPECT_EQ(r.standing_of(key_of(thief), later), key_standing::unknown);
  std::map<node_key, key_standing> former;
  r.for_each_former(later, [&](const node_key& k, key_standing s) { former[k] = s; });
  EXPECT_EQ(former, (std::map<node_key, key_standing>{{key_of(b), key_standing::ended}, {key_of(c), key_standing::evicted},
                                                             {key_of(d), key_standing::replaced}}));
}

TEST_F(Roster, FollowsSeveralSuccessions) {
  auto r = of({w.succeed(c, d, 40), w.succeed(b, c, 30), w.admit(a, b, 10), founding});
  EXPECT_THAT(names(r), ElementsAre("n1", "n2"));
  EXPECT_TRUE(r.find(key_of(d), start_s));
  EXPECT_FALSE(r.find(key_of(c), start_s));
}

TEST_F(Roster, CountsTheEarliestOfTwoSuccessions) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, thief, 40), w.succeed(b, d, 30)});
  EXPECT_FALSE(r.find(key_of(thief), start_s));
  EXPECT_TRUE(r.find(key_of(d), start_s));
}

TEST_F(Roster, DoesNotLetAThiefRotateAfterTheTheft) {
  auto r = of({founding, w.admit(a, b, 10), w.succeed(b, thief, 40), w.evict(a, b, 50, 35)});
  EXPECT_THAT(names(r), ElementsAre("n1"));
}

TEST_F(Roster, WantsTheNewKeysConsent) {
  proto::succession_body body{key_of(b), key_of(d), {}};
  auto r = of({founding, w.admit(a, b, 10), w.sign(b, 20, body)});
  EXPECT_TRUE(r.find(key_of(b), start_s));
  EXPECT_FALSE(r.find(key_of(d), start_s));
}

TEST_F(Roster, EndsAMemberAfterItsTimeAndAGrace) {
  auto r = of({founding, w.admit(a, b, 10, node_role::full, "b", start_s + 100)});
  EXPECT_TRUE(r.find(key_of(b), start_s + 100 + end_grace_s));
  EXPECT_FALSE(r.find(key_of(b), start_s + 101 + end_grace_s));
  EXPECT_FALSE(r.find_by_name("b", start_s + 101 + end_grace_s));
  EXPECT_THAT(names(r, start_s + 500), ElementsAre("n1"));
  // A renewal by anybody who may admit prolongs it.
  EXPECT_TRUE(r.learn(w.admit(a, b, 20, node_role::full, "b", start_s + 1000)));
  EXPECT_TRUE(r.find(key_of(b), start_s + 500));
}

TEST_F(Roster, CountsNoAdmissionThatAMemberSignedAfterItsEnd) {
  auto r = of({founding, w.admit(a, b, 10, node_role::full, "b", start_s + 100)});
  r.learn(w.admit(b, c, 100'000 + end_grace_s * 1000));
  r.learn(w.admit(b, d, 101'000 + end_grace_s * 1000));
  EXPECT_THAT(names(r), ElementsAre("b", "n1", "n3"));
  // Whom it admitted in time stays for as long as it was given, whatever the clock says now.
  EXPECT_THAT(names(r, start_s + year_s), ElementsAre("n1", "n3"));
}

TEST_F(Roster, IsNotMovedByAClockOf1970OrOf2038) {
  auto r = of({founding, w.admit(a, b, 10)});
  EXPECT_THAT(names(r, 0), ElementsAre("n1", "n2"));
  EXPECT_THAT(names(r, 2'147'483'647), IsEmpty());  // everybody has ended by then, and is there again when the clock is put right
  EXPECT_THAT(names(r), ElementsAre("n1", "n2"));
  EXPECT_TRUE(r.may_keep(w.describe(b, 0)));
}

TEST_F(Roster, LetsTheFirstOfTwoNamesakesKeepTheName) {
  auto r = of({founding, w.admit(a, b, 30, node_role::full, "box"), w.admit(a, c, 20, node_role::full, "box")});
  EXPECT_EQ(r.find(key_of(c), start_s)->name, "box");
  EXPECT_EQ(r.find(key_of(b), start_s)->name, "box-" + key_of(b).brief());
  EXPECT_EQ(r.find_by_name("box", start_s)->key, key_of(c));
  EXPECT_EQ(r.find_by_name("box-" + key_of(b).brief(), start_s)->key, key_of(b));
  r.learn(w.evict(a, c, 40, 40));
  EXPECT_EQ(r.find(key_of(b), start_s)->name, "box");
}

TEST_F(Roster, GivesANameFreeWhenItsHolderHasEnded) {
  auto r = of({founding, w.admit(a, b, 10, node_role::full, "box", start_s + 100), w.admit(a, c, 20, node_role::full, "box")});
  EXPECT_EQ(r.find(key_of(c), start_s + 100)->name, "box-" + key_of(c).brief());
  EXPECT_EQ(r.find(key_of(c), start_s + 101 + end_grace_s)->name, "box");
}

TEST_F(Roster, MarksTheLongestNameWithinTheLimit) {
  const std::string name(63, 'x');
  auto r = of({founding, w.admit(a, b, 10, node_role::full, name), w.admit(a, c, 20, node_role::full, name)});
  EXPECT_EQ(r.find(key_of(c), start_s)->name, std::string(54, 'x') + "-" + key_of(c).brief());
}

TEST_F(Roster, TakesTheHighestRoleAndTheLatestOfTheRestFromSeveralAdmitters) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(a, c, 20, node_role::full, "old"), w.admit(b, c, 30, node_role::edge, "new")});
  EXPECT_EQ(r.find(key_of(c), start_s)->name, "new");
  EXPECT_EQ(r.find(key_of(c), start_s)->role, node_role::full);
  // The same admitter takes back what it gave.
  r.learn(w.admit(a, c, 40, node_role::edge, "newest"));
  EXPECT_EQ(r.find(key_of(c), start_s)->role, node_role::edge);
}

TEST_F(Roster, ProvesAMemberToAStranger) {
  auto r = of({founding, w.admit(a, b, 10), w.admit(b, c, 20), w.admit(b, a, 21), w.succeed(c, d, 30)});
  for (const int who : {a, b, d}) {
    auto stranger = made();
    for (const auto& raw : r.proofs_of(key_of(who))) stranger.learn(*proto::read_record(raw));
    EXPECT_TRUE(stranger.find(key_of(who), start_s)) << who;
    EXPECT_EQ(*stranger.find(key_of(who), start_s), *r.find(key_of(who), start_s));
  }
  EXPECT_THAT(r.proofs_of(key_of(thief)), IsEmpty());
}

TEST_F(Roster, KeepsDescriptionsOfPresentMembersOnly) {
  auto r = of({founding, w.admit(a, b, 10, node_role::edge)});
  EXPECT_TRUE(r.may_keep(w.describe(b, 11)));
  EXPECT_TRUE(r.may_keep(w.offer(b, "gpu", 11)));
  EXPECT_FALSE(r.may_keep(w.describe(c, 11)));
  r.learn(w.evict(a, b, 20, 20));
  EXPECT_FALSE(r.may_keep(w.describe(b, 12)));
  EXPECT_FALSE(r.may_keep(w.sign(a, 12, proto::liveness_body{1, false})));
}

TEST_F(Roster, CountsADescriptionOnlyUntilItsSignerHasEnded) {
  auto r = of({founding, w.admit(a, b, 10, node_role::edge, "b", start_s + 10)});
  EXPECT_TRUE(r.may_count(w.describe(b, 11), start_s));
  EXPECT_FALSE(r.may_count(w.describe(b, 11), start_s + 1000));
  EXPECT_TRUE(r.may_keep(w.describe(b, 11)));
}

TEST_F(Roster, KeepsWhatAnUnknownKindSaidBeforeItsSignerWasEvicted) {
  auto r = of({founding, w.admit(a, b, 10), w.evict(a, b, 30, 20)});
  auto early = w.describe(b, 15), late = w.describe(b, 25), stranger = w.describe(c, 15);
  for (auto* record : {&early, &late, &stranger}) record->head.kind = static_cast<proto::record_kind>(77);
  EXPECT_TRUE(r.may_keep(early));
  EXPECT_FALSE(r.may_keep(late));
  EXPECT_FALSE(r.may_keep(stranger));
}

TEST_F(Roster, RemembersABoundedNumberOfRecordsThatRestOnNothing) {
  auto r = made();
  std::vector<proto::sealed_record> flood;
  for (int i = 0; i < 1500; ++i) flood.push_back(w.admit(1000 + i, 5000 + i, 1));
  r.learn(flood);
  EXPECT_FALSE(r.learn(w.admit(3000, 7000, 1)));
  std::size_t count = 0;
  r.for_each_record([&](const auto&, bool is_anchored) { count += is_anchored ? 0 : 1; });
  EXPECT_EQ(count, roster::unanchored_max);
  EXPECT_TRUE(r.learn(founding));
  EXPECT_TRUE(r.learn(w.admit(a, b, 10)));
}

TEST_F(Roster, ComesToTheSameOneByOneAsAllTogether) {
  // One by one plain admissions are not judged; what would make them less than plain must be noticed.
  const std::vector<std::vector<proto::sealed_record>> histories{
      {founding, w.admit(a, b, 10), w.admit(b, c, 20), w.admit(a, d, 30, node_role::full, "n3")},
      {founding, w.evict(a, b, 5, 5), w.admit(a, b, 10), w.admit(a, c, 10)},
      {founding, w.admit(b, c, 20), w.admit(a, b, 10)},
      {founding, w.admit(a, b, 10, node_role::full, "b", start_s - 1000), w.admit(b, c, 20)},
      {founding, w.admit(a, b, 10, node_role::edge), w.admit(b, c, 20)},
      {founding, w.admit(a, b, 10), w.succeed(b, c, 20), w.admit(b, d, 30), w.admit(c, 5, 30)},
  };
  for (const auto& history : histories) {
    auto together = made();
    together.learn(history);
    const auto one_by_one = of(history);
    EXPECT_EQ(one_by_one.members(start_s), together.members(start_s));
    for (const auto& r : history) EXPECT_EQ(one_by_one.may_count(r, start_s), together.may_count(r, start_s));
  }
}

TEST_F(Roster, BoundsWhatOneSignerMayHave) {
  auto r = of({founding});
  std::vector<proto::sealed_record> flood;
  for (int i = 0; i < 5000; ++i) flood.push_back(w.admit(a, 10'000 + i, 1, node_role::edge, "x"));
  r.learn(flood);
  EXPECT_LE(r.size(), 4097u);
}

}  // namespace
}  // namespace edgemesh::replication
