#include "resilience/backoff.hpp"

#include <algorithm>

namespace edgemesh::resilience {

milliseconds backoff::next(random_source& rng) noexcept {
  const double most = static_cast<double>(options_.max.count());
  double pause = static_cast<double>(options_.first.count());
  for (int i = 0; i < steps_ && pause < most; ++i) pause *= options_.factor;
  if (pause < most) ++steps_;  // stops counting at the ceiling
  const double share = 1 + options_.jitter * (2 * rng.uniform() - 1);
  return milliseconds(static_cast<std::int64_t>(std::min(pause, most) * share));
}

}  // namespace edgemesh::resilience
