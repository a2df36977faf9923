#include "actors/discovery_state.hpp"

#include "actors/local_scan.hpp"
#include "tests/actors/virtual_time.hpp"

namespace edgemesh::actors {
namespace {

using namespace std::chrono_literals;

class DiscoveryActor : public virtual_time {
 protected:
  struct running_scan {
    std::vector<ip_endpoint> claimed;
    std::function<void(std::vector<found_endpoint>)> done;
  };
  discovery_actor spawn(bool is_on = true) {
    keeper = recording_keeper(&told);
    discovery_deps deps;
    deps.is_on = is_on;
    deps.claimed = {{*parse_ip("127.0.0.1"), 8780}};
    deps.scan = [this](std::vector<ip_endpoint> claimed, auto done) { scans.push_back({std::move(claimed), std::move(done)}); };
    deps.keeper = keeper;
    return keep(spawn_discovery(home(), std::move(deps)));
  }
  static found_endpoint found(std::uint16_t port, bool is_edgemesh = false) {
    auto r = std::make_shared<probe_result>();
    r->report.kind = backend_kind::ollama;
    r->report.is_edgemesh = is_edgemesh;
    return {{*parse_ip("127.0.0.1"), port}, std::move(r)};
  }
  void finish(std::vector<found_endpoint> what) {
    ASSERT_FALSE(scans.empty()) << "no scan runs";
    const auto s = std::move(scans.back());
    scans.clear();
    s.done(std::move(what));
    settle();
  }
  std::vector<running_scan> scans;
  keeper_log told;
  keeper_actor keeper;
};

TEST_F(DiscoveryActor, LooksAtStartAndTellsTheKeeper) {
  spawn();
  ASSERT_EQ(scans.size(), 1u);
  EXPECT_EQ(scans[0].claimed.size(), 1u) << "never itself";
  finish({found(11434)});
  ASSERT_EQ(told.found.size(), 1u);
  EXPECT_EQ(told.found[0].found[0].at.port, 11434);
}

TEST_F(DiscoveryActor, LooksEveryFifteenSecondsWithJitter) {
  spawn();
  finish({});
  pass(11900ms);
  EXPECT_TRUE(scans.empty());
  pass(6200ms);
  EXPECT_EQ(scans.size(), 1u);
}

TEST_F(DiscoveryActor, AnEdgeMeshNodeIsNoBackend) {
  spawn();
  finish({found(8785, true)});
  EXPECT_TRUE(told.found.empty());
}

TEST_F(DiscoveryActor, ALookJoinsTheScanThatRuns) {
  const auto d = spawn();
  bool is_done = false;
  tell(d, look_now{when_all_gone([&] { is_done = true; })});
  EXPECT_EQ(scans.size(), 1u);
  EXPECT_FALSE(is_done);
  finish({});
  EXPECT_TRUE(is_done);
}

TEST_F(DiscoveryActor, WhoWaitsIsAnsweredAfterTheKeeperKnows) {
  const auto d = spawn();
  bool is_done = false;
  tell(d, look_now{when_all_gone([&] { is_done = true; })});
  finish({found(11434)});
  EXPECT_FALSE(is_done) << "the keeper holds it now";
  told.found.clear();
  EXPECT_TRUE(is_done);
}

TEST_F(DiscoveryActor, LooksThatAreAskedForAreTwoSecondsApart) {
  const auto d = spawn();
  finish({});
  bool is_done = false;
  tell(d, look_now{when_all_gone([&] { is_done = true; })});
  EXPECT_TRUE(is_done);
  EXPECT_TRUE(scans.empty());
  pass(2025ms);
  tell(d, look_now{});
  EXPECT_EQ(scans.size(), 1u);
}

TEST_F(DiscoveryActor, LeavesOutWhatBackendsHoldAlready) {
  const auto d = spawn();
  finish({});
  tell(d, endpoints_claimed{{{*parse_ip("127.0.0.1"), 11434}}});
  pass(19s);
  ASSERT_EQ(scans.size(), 1u);
  EXPECT_EQ(scans[0].claimed.size(), 2u);
}

TEST_F(DiscoveryActor, DoesNothingWhileItIsOff) {
  const auto d = spawn(false);
  tell(d, look_now{});
  pass(60s);
  EXPECT_TRUE(scans.empty());
  tell(d, discovery_switched{true});
  EXPECT_EQ(scans.size(), 1u);
  tell(d, discovery_switched{false});
  finish({found(11434)});
  EXPECT_TRUE(told.found.empty());
  pass(60s);
  EXPECT_TRUE(scans.empty());
}

TEST(LocalScan, LeavesOutClaimedPortsInBothFamilies) {
  const auto all = scan_candidates({});
  const auto less = scan_candidates({{*parse_ip("127.0.0.1"), 11434}, {*parse_ip("10.0.0.1"), 8080}});
  EXPECT_EQ(less.size(), all.size() - 2);
  for (const auto& e : less) EXPECT_NE(e.port, 11434);
}

TEST(LocalScan, Case69KnowsBothPortsOfLlamaServer) {
  const auto all = scan_candidates({});
  const auto has = [&](std::uint16_t port) { return std::any_of(all.begin(), all.end(), [&](const auto& e) { return e.port == port; }); };
  EXPECT_TRUE(has(8080));
  EXPECT_TRUE(has(9931));
}

}  // namespace
}  // namespace edgemesh::actors
