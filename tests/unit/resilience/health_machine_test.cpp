#include "resilience/health_machine.hpp"

#include <gtest/gtest.h>

namespace edgemesh::resilience {
namespace {

using enum backend_health;

health_machine ready_machine() {
  health_machine m;
  m.probed({.seen = ready});
  return m;
}

TEST(HealthMachine, BelievesTheFirstProbe) {
  for (const auto seen : {ready, warming, down, misconfigured}) {
    health_machine m;
    EXPECT_EQ(m.health(), unknown);
    m.probed({.seen = seen});
    EXPECT_EQ(m.health(), seen);
  }
}

TEST(HealthMachine, OneFailedProbeAfterReadyIsNotDown) {
  auto m = ready_machine();
  m.probed({.seen = down});
  EXPECT_EQ(m.health(), ready);
  m.probed({.seen = down});
  EXPECT_EQ(m.health(), down);
}

TEST(HealthMachine, RequestsThatSucceedOutweighFailedProbes) {
  auto m = ready_machine();
  for (int i = 0; i < 4; ++i) m.probed({.seen = down, .has_traffic = true});
  EXPECT_EQ(m.health(), ready);
  m.probed({.seen = down, .has_traffic = false});
  EXPECT_EQ(m.health(), down);
}

TEST(HealthMachine, AGoodProbeForgivesEarlierOnes) {
  auto m = ready_machine();
  m.probed({.seen = down});
  m.probed({.seen = ready});
  m.probed({.seen = down});
  EXPECT_EQ(m.health(), ready);
}

TEST(HealthMachine, ARefusedConnectionIsDownAtOnce) {
  auto m = ready_machine();
  m.probed({.seen = down, .is_refused = true, .has_traffic = true});
  EXPECT_EQ(m.health(), down);
}

TEST(HealthMachine, Case56LoadingIsWarmingAndBecomesReady) {
  auto m = ready_machine();
  m.probed({.seen = warming});
  EXPECT_EQ(m.health(), warming);
  m.probed({.seen = ready});
  EXPECT_EQ(m.health(), ready);
}

TEST(HealthMachine, ProbesAReadyBackendEveryFifteenSecondsWithJitter) {
  random_source rng(1);
  auto m = ready_machine();
  milliseconds least{100000}, most{0};
  for (int i = 0; i < 200; ++i) {
    const auto d = m.next_probe(rng);
    least = std::min(least, d);
    most = std::max(most, d);
  }
  EXPECT_GE(least, milliseconds(12000));
  EXPECT_LE(most, milliseconds(18000));
  EXPECT_GT(most - least, milliseconds(3000));
}

TEST(HealthMachine, Case58ADownBackendIsProbedAgainQuickly) {
  random_source rng(1);
  health_machine m;
  for (int i = 0; i < 20; ++i) {
    m.probed({.seen = down, .is_refused = true});
    EXPECT_LE(m.next_probe(rng), milliseconds(6000));
  }
  auto fallen = ready_machine();
  fallen.probed({.seen = down, .is_refused = true});
  EXPECT_LE(fallen.next_probe(rng), milliseconds(1200)) << "the backoff begins anew";
}

TEST(HealthMachine, ADoubtfulBackendIsProbedAgainSoon) {
  random_source rng(1);
  auto m = ready_machine();
  m.probed({.seen = down});
  EXPECT_LE(m.next_probe(rng), milliseconds(1200));
}

}  // namespace
}  // namespace edgemesh::resilience
