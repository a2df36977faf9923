// Is this node's wall clock right? Compared with the median of its peers' clocks: three peers, or two that agree. It judges nobody else,
// and nothing is refused because of it; it is told to people. Peers' clocks are kept as their distance from the monotonic clock, so
// that a step of our own clock shows at once. Pure; one owner. Bounded: peers_max samples, forgotten after sample_life.
#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::replication {

class clock_watch {
 public:
  static constexpr std::int64_t off_ms = 500;        ///< further from the median: off
  static constexpr std::int64_t right_again_ms = 400;  ///< nearer than this: right again
  static constexpr std::size_t peers_max = 64;
  static constexpr seconds sample_life{600};

  struct verdict {
    bool is_off = false;
    bool has_changed = false;                 ///< since the look before
    std::optional<std::int64_t> offset_ms;    ///< the peers' median minus our clock; nothing: too few peers, or two that disagree
    std::size_t peers = 0;
  };

  /// A peer's clock showed `wall_ms` when it sent what arrived at `now`, half a `round_trip` later.
  void sample(const node_key& peer, std::int64_t wall_ms, microseconds round_trip, instant now);
  void forget(const node_key& peer) { bases_.erase(peer); }
  verdict look(std::int64_t own_wall_ms, instant now);

 private:
  struct base { std::int64_t ms = 0; instant at{}; };  // wall minus monotonic clock
  std::optional<std::int64_t> median_base() const;
  std::map<node_key, base> bases_;
  bool is_off_ = false;
};

}  // namespace edgemesh::replication
