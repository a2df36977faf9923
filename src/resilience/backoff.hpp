// Growing pauses with jitter, for probes and reconnects. Pure; one owner.
#pragma once
#include "base/clock.hpp"
#include "base/random_source.hpp"

namespace edgemesh::resilience {

struct backoff_options {
  milliseconds first{500};
  milliseconds max{30000};  ///< before jitter
  double factor = 2.0;
  double jitter = 0.2;  ///< share, both ways
};

class backoff {
 public:
  explicit backoff(backoff_options options = {}) noexcept : options_(options) {}
  milliseconds next(random_source& rng) noexcept;
  void reset() noexcept { steps_ = 0; }

 private:
  backoff_options options_;
  int steps_ = 0;
};

}  // namespace edgemesh::resilience
