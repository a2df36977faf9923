#include "actors/guarded_breaker.hpp"

namespace edgemesh::actors {

void guarded_breaker::show() {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto state = machine_.state();
  const bool reopened = state == breaker_state::open && machine_.open_until() != shown_until_;
  cell_->breaker_until.store(to_ticks(machine_.open_until()), relaxed);
  cell_->wants_successes.store(!machine_.pristine(), relaxed);
  if ((state != shown_ && state != breaker_state::half_open) || reopened) {
    // The place of the trial is free again when its outcome is known, not before.
    cell_->trial_taken.store(false, relaxed);
    trial_seen_ = false;
  }
  cell_->breaker.store(state, std::memory_order_release);
  shown_ = state;
  shown_until_ = machine_.open_until();
}

void guarded_breaker::free_lost_trial() {
  // A trial whose client left reports nothing. Two good probes in a row that find the same trial end it.
  if (machine_.state() != breaker_state::half_open) return;
  const bool is_taken = cell_->trial_taken.load(std::memory_order_relaxed);
  if (is_taken && trial_seen_) cell_->trial_taken.store(false, std::memory_order_relaxed);
  trial_seen_ = is_taken && !trial_seen_;
}

}  // namespace edgemesh::actors
