// What all shards share about one way to another node: a cell of atomics, one per (node, relay), shared by the paths of all
// backends that are reached that way. Any thread. Shards write it when an attempt begins, ends, is lost or succeeds; membership
// the round trip and whether the node is there; the heartbeats on its link whether it answers while requests wait for it.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/clock.hpp"

namespace edgemesh::routing {

/// Wakes whoever asks the nodes at the end of busy ways whether they live. Any thread may say busy(), the watcher the rest.
class path_watch {
 public:
  explicit path_watch(std::function<void()> wake) : wake_(std::move(wake)) {}
  void busy() {
    if (!is_awake_.load() && !is_awake_.exchange(true)) wake_();
  }
  /// Nothing is outstanding any more. The watcher looks once more after this: what began before is its to see, what comes later wakes it.
  void rests() noexcept { is_awake_.store(false); }

 private:
  const std::function<void()> wake_;
  std::atomic<bool> is_awake_{false};
};

struct path_cell {
  path_cell() = default;
  explicit path_cell(std::shared_ptr<path_watch> w) : watch(std::move(w)) {}
  static constexpr milliseconds pause_min{1000}, pause_max{30000};

  std::atomic<std::int64_t> avoided_until{0};  ///< to_ticks(); no request of this node goes this way before
  std::atomic<std::int64_t> round_trip_us{0};  ///< as measured last; 0: not yet
  std::atomic<std::int64_t> down_since{0};     ///< to_ticks(); the link to the node is lost, or silent, since then, as membership holds; 0: it is there
  std::atomic<std::int64_t> silent_since{0};   ///< to_ticks(); it has not answered heartbeats since then; 0: it answers, or is not asked
  std::atomic<int> outstanding{0};             ///< requests of this node on that way
  std::atomic<int> losses{0};                  ///< pauses in a row

  const std::shared_ptr<path_watch> watch;     ///< null: nobody watches

  bool is_avoided(std::int64_t now) const noexcept {
    return avoided_until.load(std::memory_order_relaxed) > now || down_since.load(std::memory_order_relaxed) != 0;
  }
  /// Not lost, and not known to be gone: it is taken when there is no other.
  bool is_silent() const noexcept { return silent_since.load(std::memory_order_relaxed) != 0; }
  /// Requests that wait for a first sign of content from there are given up after this: a link may lapse for a moment.
  static constexpr milliseconds patience{500};
  bool is_given_up(instant now, instant dispatched) const noexcept {
    const auto down = down_since.load(std::memory_order_relaxed), silent = silent_since.load(std::memory_order_relaxed);
    const auto is_over = [&](std::int64_t since) { return since != 0 && to_ticks(now) - since >= nanoseconds(patience).count(); };
    return is_over(down) || (silent != 0 && is_over(std::max(silent, to_ticks(dispatched))));
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

/// One request on a way, from dispatch to its end.
class outstanding_request {
 public:
  outstanding_request() = default;
  /// Null: this node's own connection, which nobody watches.
  explicit outstanding_request(std::shared_ptr<path_cell> way) : way_(std::move(way)) {
    if (!way_) return;
    way_->outstanding.fetch_add(1);
    if (way_->watch) way_->watch->busy();
  }
  outstanding_request(outstanding_request&&) noexcept = default;
  outstanding_request& operator=(outstanding_request&& other) noexcept {
    end();
    way_ = std::move(other.way_);
    return *this;
  }
  ~outstanding_request() { end(); }
  void end() noexcept {
    if (way_) way_->outstanding.fetch_sub(1);
    way_.reset();
  }

 private:
  std::shared_ptr<path_cell> way_;
};

}  // namespace edgemesh::routing
