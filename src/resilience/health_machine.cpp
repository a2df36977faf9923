#include "resilience/health_machine.hpp"

namespace edgemesh::resilience {

void health_machine::probed(const health_sample& sample) noexcept {
  if (sample.seen != backend_health::down) {
    // An answer is believed at once, whichever way: 200, "loading", "your key is wrong".
    failures_ = 0;
    if (health_ != sample.seen) searching_.reset();
    health_ = sample.seen;
    return;
  }
  if (is_tolerated(sample)) return;
  if (health_ != backend_health::down) searching_.reset();
  failures_ = 0;
  health_ = backend_health::down;
}

bool health_machine::is_tolerated(const health_sample& sample) noexcept {
  if (health_ != backend_health::ready || sample.is_refused) return false;
  ++failures_;
  return failures_ < (sample.has_traffic ? options_.failures_max_with_traffic : options_.failures_max);
}

milliseconds health_machine::next_probe(random_source& rng) noexcept {
  if (health_ == backend_health::down || health_ == backend_health::warming || health_ == backend_health::unknown)
    return searching_.next(rng);
  const auto base = failures_ > 0 ? options_.doubt_interval : options_.interval;
  const double factor = 1.0 + options_.jitter * (2.0 * rng.uniform() - 1.0);
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(base.count()) * factor));
}

}  // namespace edgemesh::resilience
