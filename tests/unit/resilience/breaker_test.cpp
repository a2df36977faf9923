#include "resilience/breaker.hpp"

#include <gtest/gtest.h>

namespace edgemesh::resilience {
namespace {
using namespace std::chrono_literals;
constexpr instant t0{1000s};

TEST(Breaker, OpensAtOnceOnALostConnection) {
  for (auto cause : {attempt_cause::refused, attempt_cause::connect_timeout, attempt_cause::reset}) {
    breaker b;
    b.failed(cause, t0);
    EXPECT_EQ(b.state(), breaker_state::open);
    EXPECT_EQ(b.open_until(), t0 + 2s);
    EXPECT_EQ(b.last_cause(), cause);
  }
}

TEST(Breaker, OpensAfterFiveOtherFailuresInARow) {
  breaker b;
  for (int i = 0; i < 4; ++i) b.failed(attempt_cause::server_error, t0);
  EXPECT_EQ(b.state(), breaker_state::closed);
  b.succeeded(t0);
  for (int i = 0; i < 4; ++i) b.failed(attempt_cause::garbage, t0);
  EXPECT_EQ(b.state(), breaker_state::closed);
  b.failed(attempt_cause::idle_timeout, t0);
  EXPECT_EQ(b.state(), breaker_state::open);
}

TEST(Breaker, OpensWhenMoreThanHalfOfAWindowFails) {
  breaker b;
  for (int i = 0; i < 10; ++i) {  // fail, fail, ok: never five in a row
    b.failed(attempt_cause::server_error, t0);
    if (b.state() == breaker_state::open) break;
    b.failed(attempt_cause::server_error, t0);
    if (b.state() == breaker_state::open) break;
    b.succeeded(t0);
  }
  EXPECT_EQ(b.state(), breaker_state::open);
}

TEST(Breaker, StaysClosedWhileHalfSucceedsOrSamplesAreFewOrOld) {
  breaker half;
  for (int i = 0; i < 200; ++i) {
    half.succeeded(t0);
    half.failed(attempt_cause::server_error, t0);
    ASSERT_EQ(half.state(), breaker_state::closed);
  }
  breaker slow;  // two of three fail, but never 20 samples within a window
  for (int i = 0; i < 200; ++i) {
    const auto now = t0 + i * 1s;
    if (i % 3 == 0) slow.succeeded(now);
    else slow.failed(attempt_cause::server_error, now);
    ASSERT_EQ(slow.state(), breaker_state::closed);
  }
}

TEST(Breaker, Case59BusyBackendsAreNotEjected) {
  breaker b;
  for (int i = 0; i < 100; ++i)
    for (auto cause : {attempt_cause::overloaded, attempt_cause::rate_limited, attempt_cause::loading, attempt_cause::model_missing,
                       attempt_cause::bad_request, attempt_cause::cancelled, attempt_cause::context_exceeded})
      b.failed(cause, t0);
  EXPECT_EQ(b.state(), breaker_state::closed);
  EXPECT_TRUE(b.pristine());
}

TEST(Breaker, Case54AMissingModelDoesNotEjectTheWholeBackend) {
  breaker b;
  for (int i = 0; i < 50; ++i) b.failed(attempt_cause::model_missing, t0 + i * 10ms);
  EXPECT_EQ(b.state(), breaker_state::closed);
  EXPECT_EQ(b.last_cause(), attempt_cause::ok);
}

TEST(Breaker, LetsATrialThroughAfterAPauseThatDoublesUpToItsMaximum) {
  breaker b;
  auto now = t0;
  for (auto pause : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    b.failed(attempt_cause::refused, now);
    ASSERT_EQ(b.state(), breaker_state::open);
    EXPECT_EQ(b.open_until() - now, pause);
    b.tick(b.open_until() - 1ns);
    ASSERT_EQ(b.state(), breaker_state::open);
    now = b.open_until();
    b.tick(now);
    ASSERT_EQ(b.state(), breaker_state::half_open);
  }
  b.succeeded(now);
  EXPECT_EQ(b.state(), breaker_state::closed);
  EXPECT_TRUE(b.pristine());
  b.failed(attempt_cause::refused, now);
  EXPECT_EQ(b.open_until() - now, 2s);  // a good trial makes the next pause short again
}

TEST(Breaker, IgnoresTheRestThatWasInFlightWhenItOpened) {
  breaker b;
  b.failed(attempt_cause::reset, t0);
  for (int i = 0; i < 200; ++i) b.failed(attempt_cause::reset, t0 + 10ms);
  EXPECT_EQ(b.open_until(), t0 + 2s);
  b.succeeded(t0 + 20ms);  // sent before it opened: proves nothing
  EXPECT_EQ(b.state(), breaker_state::open);
}

TEST(Breaker, AProbeAloneNeverClosesIt) {
  breaker b;
  b.probe_succeeded(t0);
  EXPECT_EQ(b.state(), breaker_state::closed);
  b.failed(attempt_cause::refused, t0);
  b.probe_succeeded(t0 + 100ms);
  EXPECT_EQ(b.state(), breaker_state::half_open);
  b.probe_succeeded(t0 + 200ms);
  EXPECT_EQ(b.state(), breaker_state::half_open);
  b.failed(attempt_cause::server_error, t0 + 300ms);
  EXPECT_EQ(b.state(), breaker_state::open);
}

TEST(Breaker, WantsToHearOfSuccessesWhileFailuresAreOnRecord) {
  breaker b;
  EXPECT_TRUE(b.pristine());
  b.failed(attempt_cause::server_error, t0);
  EXPECT_FALSE(b.pristine());
  b.succeeded(t0);
  EXPECT_FALSE(b.pristine());  // the window still holds the failure
  b.tick(t0 + 10s);
  EXPECT_TRUE(b.pristine());
  b.failed(attempt_cause::refused, t0 + 11s);
  EXPECT_FALSE(b.pristine());
  b.reset();
  EXPECT_TRUE(b.pristine());
  EXPECT_EQ(b.state(), breaker_state::closed);
}

}  // namespace
}  // namespace edgemesh::resilience
