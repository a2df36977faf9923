#include "replication/clock_watch.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/fake_signing.hpp"

namespace edgemesh::replication {
namespace {

constexpr std::int64_t wall = 1'800'000'000'000;

struct ClockWatch : ::testing::Test {
  clock_watch watch;
  instant now = instant{} + seconds{5000};

  /// The peer's clock is `ahead_ms` before the true time `wall`.
  void peer(std::uint64_t n, std::int64_t ahead_ms, microseconds round_trip = microseconds{0}) {
    watch.sample(testing::fake_signing::key(n), wall + ahead_ms - std::chrono::duration_cast<milliseconds>(round_trip).count() / 2, round_trip, now);
  }
  clock_watch::verdict own(std::int64_t ahead_ms) { return watch.look(wall + ahead_ms, now); }
};

TEST_F(ClockWatch, KnowsNothingAlone) {
  EXPECT_FALSE(own(1'000'000).is_off);
  peer(1, 0);
  const auto v = own(1'000'000);
  EXPECT_FALSE(v.is_off);
  EXPECT_FALSE(v.offset_ms);
  EXPECT_EQ(v.peers, 1u);
}

TEST_F(ClockWatch, BelievesTwoPeersThatAgree) {
  peer(1, 0), peer(2, 100);
  EXPECT_FALSE(own(540).is_off);
  const auto v = own(560);
  EXPECT_TRUE(v.is_off);
  EXPECT_EQ(v.offset_ms, -510);
}

TEST_F(ClockWatch, DoesNotBelieveTwoPeersThatDisagree) {
  peer(1, 0), peer(2, 10'000);
  EXPECT_FALSE(own(5000).offset_ms);
  EXPECT_FALSE(own(5000).is_off);
}

TEST_F(ClockWatch, IsNotMisledByOneWrongPeerAmongThree) {
  peer(1, 0), peer(2, 20), peer(3, 7'000'000);
  EXPECT_FALSE(own(10).is_off);
  EXPECT_EQ(own(10).offset_ms, 10);
}

TEST_F(ClockWatch, CountsHalfOfTheRoundTrip) {
  peer(1, 0, microseconds{800'000}), peer(2, 0, microseconds{600'000}), peer(3, 0, microseconds{400'000});
  EXPECT_EQ(own(0).offset_ms, 0);
}

TEST_F(ClockWatch, IsRightAgainOnlyBelowALowerBound) {
  for (std::uint64_t n = 1; n <= 3; ++n) peer(n, 0);
  EXPECT_FALSE(own(500).is_off);
  EXPECT_TRUE(own(501).has_changed);
  EXPECT_TRUE(own(450).is_off);
  EXPECT_FALSE(own(450).has_changed);
  EXPECT_TRUE(own(400).is_off);
  const auto v = own(399);
  EXPECT_FALSE(v.is_off);
  EXPECT_TRUE(v.has_changed);
  EXPECT_TRUE(own(-501).is_off);
}

TEST_F(ClockWatch, SeesAStepOfItsOwnClockAtOnceBothWays) {
  for (std::uint64_t n = 1; n <= 5; ++n) peer(n, 0);
  EXPECT_FALSE(own(0).is_off);
  now += seconds{30};  // true time goes on; no new samples
  EXPECT_FALSE(own(30'000).is_off);
  EXPECT_EQ(own(30'000 + 3'600'000).offset_ms, -3'600'000);
  EXPECT_TRUE(own(30'000 + 3'600'000).is_off);
  EXPECT_FALSE(own(30'000).is_off);
  EXPECT_EQ(own(30'000 - 3'600'000).offset_ms, 3'600'000);
  EXPECT_TRUE(own(30'000 - 3'600'000).is_off);
}

TEST_F(ClockWatch, SeesAClockOf1970AndOneOf2038) {
  for (std::uint64_t n = 1; n <= 3; ++n) peer(n, 0);
  EXPECT_EQ(watch.look(0, now).offset_ms, wall);
  EXPECT_TRUE(watch.look(0, now).is_off);
  EXPECT_EQ(watch.look(2'147'483'647'000, now).offset_ms, wall - 2'147'483'647'000);
  EXPECT_TRUE(watch.look(2'147'483'647'000, now).is_off);
}

TEST_F(ClockWatch, FollowsPeersWhoseClocksArePutRight) {
  for (std::uint64_t n = 1; n <= 3; ++n) peer(n, -1'000'000);
  EXPECT_TRUE(own(0).is_off);
  for (std::uint64_t n = 1; n <= 2; ++n) peer(n, 0);
  EXPECT_FALSE(own(0).is_off);
}

TEST_F(ClockWatch, ForgetsPeersThatItNoLongerHears) {
  for (std::uint64_t n = 1; n <= 3; ++n) peer(n, 0);
  watch.forget(testing::fake_signing::key(1));
  EXPECT_EQ(own(0).peers, 2u);
  EXPECT_TRUE(own(9000).is_off);
  now += clock_watch::sample_life + seconds{1};
  const auto v = own(9000);
  EXPECT_EQ(v.peers, 0u);
  EXPECT_FALSE(v.is_off);
}

TEST_F(ClockWatch, IsBoundedAndSurvivesImpossibleClocks) {
  for (std::uint64_t n = 0; n < 1000; ++n) peer(n, 0);
  EXPECT_EQ(own(0).peers, clock_watch::peers_max);
  for (std::uint64_t n = 0; n < 200; ++n)
    watch.sample(testing::fake_signing::key(n), n % 2 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min(),
                 microseconds{0}, now);
  EXPECT_TRUE(watch.look(std::numeric_limits<std::int64_t>::max(), now).offset_ms);
  EXPECT_TRUE(watch.look(std::numeric_limits<std::int64_t>::min(), now).offset_ms);
}

}  // namespace
}  // namespace edgemesh::replication
