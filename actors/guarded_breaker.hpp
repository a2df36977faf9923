// A backend's breaker together with what shards see of it: after each step the cell says the same as the machine. Owned by
// the backend's actor; time is passed in.
#pragma once
#include <memory>

#include "domain/backend_cell.hpp"
#include "resilience/breaker.hpp"

namespace edgemesh::actors {

class guarded_breaker {
 public:
  explicit guarded_breaker(std::shared_ptr<backend_cell> cell) : cell_(std::move(cell)) {}
  void succeeded(instant now) { machine_.succeeded(now), show(); }
  void failed(attempt_cause cause, instant now) { machine_.failed(cause, now), show(); }
  void probe_succeeded(instant now) { machine_.probe_succeeded(now), free_lost_trial(), show(); }
  void tick(instant now) { machine_.tick(now), show(); }
  void reset() { machine_.reset(), show(); }
  const resilience::breaker& machine() const noexcept { return machine_; }

 private:
  void show();
  void free_lost_trial();

  std::shared_ptr<backend_cell> cell_;
  resilience::breaker machine_;
  breaker_state shown_ = breaker_state::closed;
  instant shown_until_{};
  bool trial_seen_ = false;  // a trial was under way at the last good probe
};

}  // namespace edgemesh::actors
