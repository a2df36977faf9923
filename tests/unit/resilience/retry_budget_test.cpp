#include "resilience/retry_budget.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random_source.hpp"
#include "resilience/attempt_policy.hpp"
#include "resilience/breaker.hpp"

namespace edgemesh::resilience {
namespace {
using namespace std::chrono_literals;

TEST(RetryBudget, GrantsAFifthOfThoseInTheirFirstAttempt) {
  retry_budget budget;
  for (int i = 0; i < 100; ++i) budget.request_started();
  int granted = 0;
  while (budget.try_retry()) ++granted;
  EXPECT_EQ(granted, 16);  // 16 beside 84 first attempts; 17 beside 83 would be more than a fifth
  budget.retry_ended();
  EXPECT_TRUE(budget.try_retry());
  EXPECT_FALSE(budget.try_retry());
}

TEST(RetryBudget, GrantsThreeWhereFewAreActive) {
  retry_budget budget;
  budget.request_started();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.try_retry());
  EXPECT_FALSE(budget.try_retry());
}

/// A total outage, second by second: every attempt ends with `cause` after `attempt_time`.
struct outage {
  attempt_cause cause;
  int backends = 4, arrivals_per_tick = 20, attempt_ticks = 10, ticks = 2000;

  double attempts_per_request(std::uint64_t seed) const {
    struct job {
      attempt_policy policy{{}, false};
      int backend = 0, ends = 0;
      bool on_budget = false;
    };
    random_source rng(seed);
    retry_budget budget;
    std::vector<breaker> breakers(static_cast<std::size_t>(backends));
    std::vector<job> active;
    long offered = 0, attempts = 0;
    const auto send = [&](job j, int tick) {
      for (int tried = 0; tried < backends; ++tried) {
        j.backend = static_cast<int>(rng.below(static_cast<std::uint64_t>(backends)));
        if (breakers[static_cast<std::size_t>(j.backend)].state() == breaker_state::open) continue;
        j.ends = tick + 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(2 * attempt_ticks)));
        ++attempts;
        active.push_back(j);
        return true;
      }
      return false;
    };
    for (int tick = 0; tick < ticks; ++tick) {
      const instant now{tick * 10ms};
      for (auto& b : breakers) b.tick(now);
      std::vector<job> ended;
      std::erase_if(active, [&](const job& j) {
        if (j.ends <= tick) ended.push_back(j);
        return j.ends <= tick;
      });
      for (auto& j : ended) {
        if (j.on_budget) budget.retry_ended();
        j.on_budget = false;
        breakers[static_cast<std::size_t>(j.backend)].failed(cause, now);
        const auto step = j.policy.after(cause, true, now, now + 1h);
        if (step == next_step::retry_on_budget) j.on_budget = budget.try_retry();
        const bool again = step == next_step::retry || j.on_budget;
        if (again && send(j, tick)) continue;
        if (j.on_budget) budget.retry_ended();
        budget.request_ended();
      }
      for (int i = 0; i < arrivals_per_tick; ++i) {
        ++offered;
        budget.request_started();
        if (!send(job{}, tick)) budget.request_ended();
      }
    }
    return static_cast<double>(attempts) / static_cast<double>(offered);
  }
};

TEST(RetryBudget, ATotalOutageCostsAtMostAFifthMore) {
  for (auto cause : {attempt_cause::overloaded, attempt_cause::rate_limited, attempt_cause::server_error, attempt_cause::garbage,
                     attempt_cause::first_event_timeout, attempt_cause::refused, attempt_cause::reset})
    for (std::uint64_t seed = 1; seed <= 5; ++seed) EXPECT_LE(outage{cause}.attempts_per_request(seed), 1.2) << name_of(cause);
}

TEST(RetryBudget, TheBoundIsUsedWhereNoBreakerHelps) {
  EXPECT_GE(outage{attempt_cause::overloaded}.attempts_per_request(1), 1.1);  // else the test above shows nothing
}

}  // namespace
}  // namespace edgemesh::resilience
