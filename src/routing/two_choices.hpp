// The choice among candidates that broke no constraint: the best health, then the lowest tier, then the less loaded of
// two random ones. One pass, no allocation. One lookup, one thread.
#pragma once
#include <array>
#include <cstdint>

#include "base/random_source.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::routing {

class two_choices {
 public:
  explicit two_choices(random_source& rng) noexcept : rng_(rng) {}
  void offer(const candidate& c) noexcept;
  /// Null when nothing was offered. Call once.
  const candidate* pick() noexcept;
  int health_rank() const noexcept { return rank_; }
  int priority() const noexcept { return priority_; }

 private:
  random_source& rng_;
  std::array<const candidate*, 2> sample_{};  // a uniform sample of the group so far
  std::uint64_t seen_ = 0;                    // size of the group: those of the best rank and tier
  int rank_ = 0, priority_ = 0;
};

/// Requests in flight and reported as waiting, relative to what the backend works on at once.
double load_of(const backend_cell& cell) noexcept;

}  // namespace edgemesh::routing
