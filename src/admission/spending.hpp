// What has been spent, and what is set aside, of one budget in its current window. A request sets aside its worst case before it starts and
// settles once, with what it really cost; dropping the reservation settles with nothing. Two atomics, no lock, any thread. In a moment
// of settling an amount counts twice, never not at all, so that the sum cannot pass the budget.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "domain/budget.hpp"

namespace edgemesh::admission {

class spending {
 public:
  /// A part of the budget that is set aside. Settled once, whatever happens to it.
  class reservation {
   public:
    reservation() = default;
    reservation(reservation&& o) noexcept : from_(std::move(o.from_)), amount_(std::exchange(o.amount_, 0)) {}
    reservation& operator=(reservation&& o) noexcept {
      settle(0);
      from_ = std::move(o.from_);
      amount_ = std::exchange(o.amount_, 0);
      return *this;
    }
    ~reservation() { settle(0); }
    /// Charges `cost` (which may be above what was set aside: it happened) to the window that is current now, and gives the rest back.
    void settle(std::int64_t cost) noexcept;
    std::int64_t amount() const noexcept { return amount_; }

   private:
    friend class spending;
    std::shared_ptr<spending> from_;
    std::int64_t amount_ = 0;
  };

  /// What the records say was spent in the window that begins at `window_begin` before this process ran.
  void restore(std::int64_t window_begin, std::int64_t spent) noexcept;
  /// Nothing when `amount` (at least 0) does not fit any more. `cell` is this object: its reservations keep it.
  static std::optional<reservation> reserve(const std::shared_ptr<spending>& cell, std::int64_t amount, const budget& limit, wall_time now) noexcept;

  /// As of the last reserve() or restore().
  std::int64_t spent() const noexcept { return spent_.load(std::memory_order_relaxed); }
  std::int64_t reserved() const noexcept { return reserved_.load(std::memory_order_relaxed); }
  std::int64_t window_begin() const noexcept { return window_begin_.load(std::memory_order_relaxed); }

 private:
  void enter(std::int64_t window_begin) noexcept;
  bool set_aside(std::int64_t amount, std::int64_t limit) noexcept;
  std::atomic<std::int64_t> window_begin_{0}, spent_{0}, reserved_{0};
};

}  // namespace edgemesh::admission
