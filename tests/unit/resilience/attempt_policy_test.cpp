#include "resilience/attempt_policy.hpp"

#include <gtest/gtest.h>

namespace edgemesh::resilience {
namespace {
using namespace std::chrono_literals;
constexpr instant now{1000s}, later{1600s};

next_step first_step(attempt_cause cause, bool sent = true, bool has_effects = false) {
  return attempt_policy({}, has_effects).after(cause, sent, now, later);
}

TEST(AttemptPolicy, EveryCauseHasItsStep) {
  for (auto cause : {attempt_cause::refused, attempt_cause::connect_timeout, attempt_cause::reset, attempt_cause::loading,
                     attempt_cause::auth_failed, attempt_cause::model_missing, attempt_cause::context_exceeded,
                     attempt_cause::unsupported, attempt_cause::refused_by_gateway})
    EXPECT_EQ(first_step(cause), next_step::retry) << name_of(cause);
  for (auto cause : {attempt_cause::rate_limited, attempt_cause::overloaded, attempt_cause::server_error,
                     attempt_cause::first_event_timeout, attempt_cause::idle_timeout, attempt_cause::garbage})
    EXPECT_EQ(first_step(cause), next_step::retry_on_budget) << name_of(cause);
  for (auto cause : {attempt_cause::ok, attempt_cause::bad_request, attempt_cause::cancelled, attempt_cause::total_timeout,
                     attempt_cause::truncated})
    EXPECT_EQ(first_step(cause), next_step::give_up) << name_of(cause);
}

TEST(AttemptPolicy, Case80EndsAfterThreeAttempts) {
  attempt_policy p({}, false);
  EXPECT_EQ(p.after(attempt_cause::model_missing, true, now, later), next_step::retry);
  EXPECT_EQ(p.after(attempt_cause::loading, true, now, later), next_step::retry);
  EXPECT_EQ(p.after(attempt_cause::loading, true, now, later), next_step::give_up);
  EXPECT_EQ(p.attempts(), 3);
}

TEST(AttemptPolicy, Case80EndsAtTheDeadline) {
  attempt_policy p({}, false);
  EXPECT_EQ(p.after(attempt_cause::refused, false, later, later), next_step::give_up);
}

TEST(AttemptPolicy, MakesGoodTwoLostConnectionsAtMost) {
  attempt_policy p({.attempts_max = 10}, false);
  EXPECT_EQ(p.after(attempt_cause::reset, true, now, later), next_step::retry);
  EXPECT_EQ(p.after(attempt_cause::refused, false, now, later), next_step::retry);
  EXPECT_EQ(p.after(attempt_cause::reset, true, now, later), next_step::give_up);
}

TEST(AttemptPolicy, NeverRepeatsARequestWithEffectsThatWasSent) {
  EXPECT_EQ(first_step(attempt_cause::reset, true, true), next_step::give_up);
  EXPECT_EQ(first_step(attempt_cause::server_error, true, true), next_step::give_up);
  EXPECT_EQ(first_step(attempt_cause::refused, false, true), next_step::retry);
}

}  // namespace
}  // namespace edgemesh::resilience
