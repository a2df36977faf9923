// The choice among candidates that broke no constraint: the best health, then those that have room, then the lowest tier, then the
// own site while it has room, then the cheapest of two random ones and the nearest one. One pass, no allocation. One lookup,
// one thread.
#pragma once
#include <array>
#include <compare>
#include <cstdint>

#include "base/random_source.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::routing {

class two_choices {
 public:
  two_choices(const route_table& table, random_source& rng, std::int64_t now) noexcept : table_(table), rng_(rng), now_(now) {}
  /// At most one candidate of each backend, on its best path.
  void offer(const candidate& c) noexcept;
  /// Null when nothing was offered. Call once.
  const candidate* pick() noexcept;
  int health_rank() const noexcept { return group_.health; }
  bool has_room() const noexcept { return !group_.is_saturated; }
  int priority() const noexcept { return group_.priority; }
  /// The own site has room, so that nothing outside it is in the choice.
  bool stays_near() const noexcept { return !group_.is_spill; }
  /// Whether the candidate may be chosen while the own site has room.
  bool is_near_with_room(const candidate& c) const noexcept;

 private:
  struct group {  // the better one compares less
    int health = 0;
    bool is_saturated = false;
    int priority = 0;
    bool is_spill = false;
    auto operator<=>(const group&) const = default;
  };
  struct nearness {
    const candidate* who = nullptr;
    double distance_ms = 0;
    bool is_local = true;
    double cost_ms = 0;
  };
  static int compare(const nearness& a, const nearness& b) noexcept;
  void keep_nearest(const candidate& c, bool is_first) noexcept;
  const candidate* cheaper(const candidate* a, const candidate* b) noexcept;

  const route_table& table_;
  random_source& rng_;
  const std::int64_t now_;
  std::array<const candidate*, 2> sample_{};  // a uniform sample of the group so far
  std::uint64_t seen_ = 0;                    // size of the group
  group group_;                               // the best one so far
  nearness nearest_;                          // of the group
  std::uint64_t equally_near_ = 0;
  bool distances_differ_ = false;
};

}  // namespace edgemesh::routing
