// What all shards share about one way to another node: a cell of atomics, one per (node, relay), shared by the paths of all
// backends that are reached that way. Any thread. Shards write it when an attempt is lost or succeeds; the directory writes
// the round trip, says when the node is not there, and clears the pause when a link to it comes up again.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace edgemesh::routing {

struct path_cell {
  static constexpr milliseconds pause_min{1000}, pause_max{30000};

  std::atomic<std::int64_t> avoided_until{0};  ///< to_ticks(); no request of this node goes this way before
  std::atomic<std::int64_t> round_trip_us{0};  ///< as measured last; 0: not yet
  std::atomic<std::int64_t> down_since{0};     ///< to_ticks(); the link to the node is lost, or silent, since then; 0: it is there
  std::atomic<int> losses{0};                  ///< pauses in a row

  bool is_avoided(std::int64_t now) const noexcept {
    return avoided_until.load(std::memory_order_relaxed) > now || down_since.load(std::memory_order_relaxed) != 0;
  }
  /// Requests that wait for a first sign of content from there are given up after this: a link may lapse for a moment.
  static constexpr milliseconds patience{500};
  bool is_given_up(instant now) const noexcept {
    const auto since = down_since.load(std::memory_order_relaxed);
    return since != 0 && to_ticks(now) - since >= nanoseconds(patience).count();
  }
  /// Told by whoever watches the link.
  void down(instant now) noexcept {
    std::int64_t up = 0;
    down_since.compare_exchange_strong(up, to_ticks(now), std::memory_order_relaxed);
  }
  void up() noexcept {
    down_since.store(0, std::memory_order_relaxed);
    restored();
  }
  /// A connection was lost or none was had: avoided for 1 s, 2 s, 4 s ... 30 s. Losses of one moment count as one.
  void lost(instant now) noexcept {
    auto until = avoided_until.load(std::memory_order_relaxed);
    if (until > to_ticks(now)) return;
    const int doublings = std::min(losses.load(std::memory_order_relaxed), 5);
    const auto pause = std::min(pause_min * (1 << doublings), pause_max);
    if (avoided_until.compare_exchange_strong(until, to_ticks(now + pause), std::memory_order_relaxed))
      losses.fetch_add(1, std::memory_order_relaxed);
  }
  /// An answer came this way.
  void restored() noexcept {
    if (losses.load(std::memory_order_relaxed) != 0) losses.store(0, std::memory_order_relaxed);
    if (avoided_until.load(std::memory_order_relaxed) != 0) avoided_until.store(0, std::memory_order_relaxed);
  }
};

}  // namespace edgemesh::routing
