// Two sites: probes and suspicions between them have a WAN's times, within them a LAN's.
#include <gtest/gtest.h>

#include "tests/unit/membership/rig.hpp"

namespace edgemesh::membership::testing {
namespace {

/// This node (0) and 1 to 4 are in "here", 5 to 8 in "there"; all alive.
struct two_sites : rig {
  two_sites() : rig(8) {
    for (std::uint64_t n = 0; n <= 8; ++n) machine.admit(key(n), now, n <= 4 ? "here" : "there");
    meet_all(8);
  }
  /// Passes time, everybody but `silent` answers, until `silent` is asked; 0 when it never was.
  std::uint32_t wait_for_ping_to(std::uint64_t silent) {
    for (int i = 0; i < 200; ++i) {
      const auto before = sent.size();
      pass_answering(milliseconds{50}, all_but(silent));
      for (std::size_t k = before; k < sent.size(); ++k)
        if (const auto* p = std::get_if<proto::ping>(&sent[k].what); p && sent[k].to == key(silent)) return p->sequence;
    }
    return 0;
  }
  static std::vector<std::uint64_t> all_but(std::uint64_t silent) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t n = 1; n <= 8; ++n)
      if (n != silent) out.push_back(n);
    return out;
  }
  std::vector<node_key> helpers_for(std::uint64_t target) {
    std::vector<node_key> out;
    for (const auto& [to, request] : all<proto::ping_request>())
      if (request.target == key(target)) out.push_back(to);
    return out;
  }
};

TEST(SwimOfTwoSites, WaitsLongerForAnAnswerFromAnotherSite) {
  two_sites near, far;
  ASSERT_NE(near.wait_for_ping_to(1), 0u);
  ASSERT_NE(far.wait_for_ping_to(5), 0u);
  near.pass_answering(milliseconds{150}, near.all_but(1));
  far.pass_answering(milliseconds{150}, far.all_but(5));
  EXPECT_FALSE(near.helpers_for(1).empty());
  EXPECT_TRUE(far.helpers_for(5).empty());
  far.pass_answering(milliseconds{400}, far.all_but(5));
  EXPECT_FALSE(far.helpers_for(5).empty());
}

TEST(SwimOfTwoSites, AsksHelpersThatAreNearTheSuspect) {
  two_sites near, far;
  near.wait_for_ping_to(1);
  near.pass_answering(milliseconds{150}, near.all_but(1));
  for (const auto& helper : near.helpers_for(1)) EXPECT_TRUE(helper == key(2) || helper == key(3) || helper == key(4));
  far.wait_for_ping_to(5);
  far.pass_answering(milliseconds{600}, far.all_but(5));
  const auto helpers = far.helpers_for(5);
  EXPECT_TRUE(std::ranges::any_of(helpers, [](const node_key& h) { return h == key(6) || h == key(7) || h == key(8); }));
  EXPECT_EQ(helpers.size(), 3u);
}

TEST(SwimOfTwoSites, WhomOnlyOtherSitesMissHasTimeToComeBack) {
  two_sites r;
  r.hear(6, {});
  for (std::uint64_t accuser : {1, 2, 3, 4}) r.hear(accuser, {accusation_by(accuser, 5, 1)});
  r.pass_answering(seconds{7}, r.all_but(5));
  EXPECT_EQ(r.state(5), member_state::suspect);
  r.pass_answering(seconds{2}, r.all_but(5));
  EXPECT_EQ(r.state(5), member_state::dead);
}

TEST(SwimOfTwoSites, WhomItsOwnSiteMissesIsDeadToAllWithinTheTimesOfALan) {
  two_sites r;
  for (std::uint64_t accuser : {6, 7, 8}) r.hear(accuser, {accusation_by(accuser, 5, 1)});
  r.pass_answering(milliseconds{1400}, r.all_but(5));
  EXPECT_EQ(r.state(5), member_state::suspect);
  r.pass_answering(milliseconds{200}, r.all_but(5));
  EXPECT_EQ(r.state(5), member_state::dead);
}

TEST(SwimOfTwoSites, AsksASuspectAgainLongBeforeTheLongTimeIsOver) {
  two_sites r;
  r.machine.set_neighbours({key(1), key(2)});  // it does not probe the suspect in turn
  r.hear(1, {accusation_by(1, 5, 1)});
  r.settle();
  r.pass_answering(seconds{8}, r.all_but(0));
  EXPECT_FALSE(r.has_told(5, accusation_by(1, 5, 1)));
  r.pass_answering(seconds{2}, r.all_but(0));
  EXPECT_TRUE(r.has_told(5, accusation_by(1, 5, 1))) << "so that it can refute";
}

TEST(SwimOfTwoSites, AMoveToAnotherSiteCountsAtOnce) {
  two_sites r;
  r.machine.admit(key(5), r.now, "here");
  for (std::uint64_t accuser : {1, 2, 3, 4}) r.hear(accuser, {accusation_by(accuser, 5, 1)});
  r.pass_answering(milliseconds{1600}, r.all_but(5));
  EXPECT_EQ(r.state(5), member_state::dead);
}

}  // namespace
}  // namespace edgemesh::membership::testing
