// The health of a backend from its probes, with hysteresis, and when to probe next. Probes that fail while requests succeed
// do not make a backend fall; a refused connection does at once. Pure; owned by the backend's actor.
#pragma once
#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "domain/backend_state.hpp"
#include "resilience/backoff.hpp"

namespace edgemesh::resilience {

struct health_options {
  int failures_max = 2;                 ///< probes in a row without an answer, after which a ready backend is down
  int failures_max_with_traffic = 5;    ///< the same while requests to it succeed
  milliseconds interval{15000};         ///< between probes of a ready backend; with `jitter`, both ways
  double jitter = 0.2;
  milliseconds doubt_interval{1000};    ///< after a failed probe of a ready backend
  backoff_options searching{.first = milliseconds(1000), .max = milliseconds(5000), .factor = 2.0, .jitter = 0.2};
                                        ///< while it is down or warming
};

/// What one probe run saw.
struct health_sample {
  backend_health seen = backend_health::down;
  bool is_refused = false;      ///< the connection was refused: nobody listens
  bool has_traffic = false;     ///< requests succeeded since the last probe
};

class health_machine {
 public:
  explicit health_machine(health_options options = {}) noexcept : options_(options), searching_(options.searching) {}

  void probed(const health_sample& sample) noexcept;
  backend_health health() const noexcept { return health_; }
  /// How long to wait for the next probe. Steps the backoff: call once per probe.
  milliseconds next_probe(random_source& rng) noexcept;

 private:
  bool is_tolerated(const health_sample& sample) noexcept;
  health_options options_;
  backoff searching_;
  backend_health health_ = backend_health::unknown;
  int failures_ = 0;  // in a row, while still ready
};

}  // namespace edgemesh::resilience
