// How long silence is accepted (DESIGN 6): until the first event, between events, in total. One per attempt; pure.
#pragma once
#include "base/clock.hpp"

namespace edgemesh::resilience {

struct timeout_options {
  milliseconds connect{2000};
  milliseconds first_event{300000};
  milliseconds idle{60000};       ///< between events, upper bound; see idle_limit()
  milliseconds total{600000};
  milliseconds head{10000};       ///< client: from the first byte to the end of the head
  milliseconds keep_alive{75000}; ///< client: between requests
};

class stall_timers {
 public:
  stall_timers(const timeout_options& options, instant dispatched) noexcept : options_(options), last_(dispatched) {}
  void event(instant now) noexcept;  ///< an upstream event (also a comment: a sign of life)
  instant deadline() const noexcept; ///< when the current silence becomes a timeout
  bool first_seen() const noexcept { return events_ > 0; }
  /// max(30 s, 30 x inter-token time), at most options.idle; options.idle while no interval is known.
  milliseconds idle_limit() const noexcept;

 private:
  timeout_options options_;
  instant last_;
  long events_ = 0;
  double interval_ewma_ms_ = 0;  // over about ten events
};

}  // namespace edgemesh::resilience
