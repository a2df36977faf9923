// What all shards share about one backend: a cell of atomics, made by the backend's actor, reached through
// the route table. Any thread. Shards write in_flight (through in_flight_guard alone) and the counters;
// the backend's actor writes the rest.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "domain/backend_state.hpp"
#include "domain/place_count.hpp"

namespace edgemesh {

struct backend_cell {
  std::atomic<int> in_flight{0};                ///< of this node, by whatever way
  place_count own_places;                       ///< of these, by this node's own connection; limited to its share where several nodes have one backend
  std::atomic<int> concurrency{0};              ///< 0: no limit
  std::atomic<std::int64_t> blocked_until{0};   ///< to_ticks(); a Retry-After that the backend gave
  std::atomic<breaker_state> breaker{breaker_state::closed};
  std::atomic<std::int64_t> breaker_until{0};   ///< to_ticks(); when an open breaker lets a trial through
  std::atomic<bool> trial_taken{false};         ///< half-open: one trial at a time
  std::atomic<bool> draining{false};
  std::atomic<backend_health> health{backend_health::unknown};
  std::atomic<bool> wants_successes{false};     ///< the breaker has failures on record: report successes too
  std::atomic<int> slots{0};                    ///< how many it works on at once, as it reports; 0: unknown. No limit: it queues the rest itself
  std::atomic<int> reported_waiting{0};         ///< queue length that the backend itself reports
  std::atomic<int> others_in_flight{0};         ///< what other nodes have in flight there, as its owner's record says; written by the directory
  std::atomic<int> heard_in_flight{0};          ///< the same and its queue, as its owner's last answer said (hear_load)
  std::atomic<std::int64_t> heard_at{0};        ///< to_ticks() of that answer; 0: none
  std::atomic<std::int64_t> first_content_us{0};  ///< from dispatch to first content of a stream, smoothed; 0: not known
  std::atomic<std::uint64_t> successes{0};
  std::atomic<std::uint64_t> failures{0};
};

/// One place among a backend's in-flight requests. Made at dispatch and nowhere else; gives it back once.
class in_flight_guard {
 public:
  enum class way : bool { peers, own };  ///< whose connection the request goes by

  in_flight_guard() = default;
  in_flight_guard(in_flight_guard&& other) noexcept : cell_(std::move(other.cell_)), way_(other.way_) {}
  in_flight_guard& operator=(in_flight_guard&& other) noexcept {
    release();
    cell_ = std::move(other.cell_);
    way_ = other.way_;
    return *this;
  }
  ~in_flight_guard() { release(); }

  /// Takes a place; an empty guard when the backend is full, or this node's share of it.
  static in_flight_guard acquire(std::shared_ptr<backend_cell> cell, way by) noexcept {
    const int limit = cell->concurrency.load(std::memory_order_relaxed);
    int now = cell->in_flight.load(std::memory_order_relaxed);
    do {
      if (limit > 0 && now >= limit) return {};
    } while (!cell->in_flight.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
    if (by == way::own && !cell->own_places.try_enter()) {
      cell->in_flight.fetch_sub(1, std::memory_order_relaxed);
      return {};
    }
    in_flight_guard g;
    g.cell_ = std::move(cell);
    g.way_ = by;
    return g;
  }
  explicit operator bool() const noexcept { return cell_ != nullptr; }
  void release() noexcept {
    if (!cell_) return;
    if (way_ == way::own) cell_->own_places.leave();
    cell_->in_flight.fetch_sub(1, std::memory_order_relaxed);
    cell_.reset();
  }

 private:
  std::shared_ptr<backend_cell> cell_;
  way way_ = way::own;
};

}  // namespace edgemesh
