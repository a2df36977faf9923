#include "resilience/breaker.hpp"

#include <algorithm>

namespace edgemesh::resilience {

void breaker::roll_window(instant now) noexcept {
  if (now - window_start_ < options_.window) return;
  window_start_ = now;
  window_ok_ = window_failed_ = 0;
}

void breaker::open(instant now) noexcept {
  milliseconds pause = options_.open_first;
  for (int i = 0; i < opened_ && pause < options_.open_max; ++i) pause *= 2;
  opened_ = std::min(opened_ + 1, 64);
  until_ = now + std::min(pause, options_.open_max);
  state_ = breaker_state::open;
  consecutive_ = window_ok_ = window_failed_ = 0;
}

void breaker::succeeded(instant now) noexcept {
  // While the pause lasts a success comes from a request that was sent before the breaker opened: it says nothing new.
  if (state_ == breaker_state::open && now < until_) return;
  if (state_ != breaker_state::closed) return reset();
  roll_window(now);
  consecutive_ = 0;
  ++window_ok_;
}

void breaker::failed(attempt_cause cause, instant now) noexcept {
  if (!is_backend_failure(cause)) return;
  last_cause_ = cause;
  if (state_ == breaker_state::open && now < until_) return;  // the rest of those that were in flight
  if (state_ != breaker_state::closed) return open(now);      // a failed trial
  roll_window(now);
  ++consecutive_;
  ++window_failed_;
  const int samples = window_ok_ + window_failed_;
  const bool too_many = samples >= options_.window_samples_min && window_failed_ > options_.failure_share_max * samples;
  if (is_connection_loss(cause) || consecutive_ >= options_.failures_max || too_many) open(now);
}

void breaker::probe_succeeded(instant now) noexcept {
  tick(now);
  if (state_ == breaker_state::open) state_ = breaker_state::half_open;
}

void breaker::tick(instant now) noexcept {
  if (state_ == breaker_state::closed) roll_window(now);
  if (state_ == breaker_state::open && now >= until_) state_ = breaker_state::half_open;
}

void breaker::reset() noexcept {
  state_ = breaker_state::closed;
  until_ = {};
  consecutive_ = opened_ = window_ok_ = window_failed_ = 0;
}

bool breaker::pristine() const noexcept {
  return state_ == breaker_state::closed && consecutive_ == 0 && window_failed_ == 0;
}

}  // namespace edgemesh::resilience
