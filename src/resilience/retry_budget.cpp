#include "resilience/retry_budget.hpp"

#include <algorithm>

namespace edgemesh::resilience {

bool retry_budget::try_retry() noexcept {
  const int first_attempts = std::max(0, active_ - retrying_);
  const int limit = std::max(options_.at_least, static_cast<int>(options_.share * first_attempts));
  if (retrying_ >= limit) return false;
  ++retrying_;
  return true;
}

}  // namespace edgemesh::resilience
