// Limits retries to a share of active requests (Envoy's retry budget: 20 %, at least 3), so that a total outage costs at most
// 1.2 times the offered load. The share is taken of the requests that are not retrying: taken of all, retries would raise their
// own limit and end at 1.25. One per shard; one thread.
#pragma once

namespace edgemesh::resilience {

struct retry_budget_options {
  double share = 0.2;  ///< of active requests that are in their first attempt
  int at_least = 3;
};

class retry_budget {
 public:
  explicit retry_budget(retry_budget_options options = {}) noexcept : options_(options) {}
  void request_started() noexcept { ++active_; }
  void request_ended() noexcept { --active_; }
  /// Takes a place for a retry that runs now; give it back with retry_ended().
  bool try_retry() noexcept;
  void retry_ended() noexcept { --retrying_; }
  int active() const noexcept { return active_; }

 private:
  retry_budget_options options_;
  int active_ = 0, retrying_ = 0;
};

}  // namespace edgemesh::resilience
