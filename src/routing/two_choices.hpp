// The choice among candidates that broke no constraint: the best health, then those that have room, then the lowest tier,
// then the less loaded of two random ones. One pass, no allocation. One lookup, one thread.
#pragma once
#include <array>
#include <compare>
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
  int health_rank() const noexcept { return group_.health; }
  bool has_room() const noexcept { return !group_.is_saturated; }
  int priority() const noexcept { return group_.priority; }

 private:
  struct group {  // the better one compares less
    int health = 0;
    bool is_saturated = false;
    int priority = 0;
    auto operator<=>(const group&) const = default;
  };
  random_source& rng_;
  std::array<const candidate*, 2> sample_{};  // a uniform sample of the group so far
  std::uint64_t seen_ = 0;                    // size of the group
  group group_;                               // the best one so far
};

/// It works on as many as it can by its own report: others are preferred, but nobody is refused for it.
bool is_saturated(const backend_cell& cell) noexcept;
/// Requests in flight and reported as waiting, relative to what the backend works on at once.
double load_of(const backend_cell& cell) noexcept;

}  // namespace edgemesh::routing
