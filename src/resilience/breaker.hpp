// A circuit breaker as a pure machine, owned by the backend's actor. Opens at once on lost connections, after
// `failures_max` consecutive other failures, or when the share of failures in a window is too high; lets one trial
// through after a growing pause. Pure; one thread.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "domain/attempt.hpp"
#include "domain/backend_state.hpp"

namespace edgemesh::resilience {

struct breaker_options {
  int failures_max = 5;                   ///< consecutive failures that open it (connection losses: 1)
  milliseconds open_first{2000};          ///< first pause; doubles with each failed trial
  milliseconds open_max{60000};
  int window_samples_min = 20;            ///< below this many samples the share does not count
  double failure_share_max = 0.5;
  milliseconds window{10000};
};

class breaker {
 public:
  explicit breaker(breaker_options options = {}) noexcept : options_(options) {}
  /// Closes it after a trial. Ignored while it is open and its pause lasts: such a success was sent before it opened.
  void succeeded(instant now) noexcept;
  void failed(attempt_cause cause, instant now) noexcept;  ///< causes that are no backend failure are ignored
  void probe_succeeded(instant now) noexcept;  ///< an active probe answered: an open breaker becomes half-open, never closed by it alone
  void tick(instant now) noexcept;             ///< open becomes half-open when its pause is over
  void reset() noexcept;
  breaker_state state() const noexcept { return state_; }
  instant open_until() const noexcept { return until_; }
  attempt_cause last_cause() const noexcept { return last_cause_; }
  bool pristine() const noexcept;              ///< no failure on record: successes need not be reported

 private:
  void open(instant now) noexcept;         // the pause doubles with each opening since the last reset
  void roll_window(instant now) noexcept;  // begins a new window when the last one is over

  breaker_options options_;
  breaker_state state_ = breaker_state::closed;
  instant until_{};
  attempt_cause last_cause_ = attempt_cause::ok;
  int consecutive_ = 0;  // failures since the last success
  int opened_ = 0;       // openings since it was last closed
  instant window_start_{};
  int window_ok_ = 0, window_failed_ = 0;
};

}  // namespace edgemesh::resilience
