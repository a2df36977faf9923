// How many requests go by this node's own connection to a backend, and how many may. Both stand in one word: who lowers the limit
// learns how many were inside at that very moment, and nobody enters by the old limit afterwards. Any thread.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace edgemesh {

class place_count {
 public:
  static constexpr int unlimited = std::numeric_limits<int>::max();

  bool try_enter() noexcept {
    auto now = word_.load(std::memory_order_relaxed);
    do {
      if (used_in(now) >= limit_in(now)) return false;
    } while (!word_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
    return true;
  }
  void leave() noexcept { word_.fetch_sub(1, std::memory_order_relaxed); }
  /// Those inside stay, however low it is. Returns how many they were.
  int set_limit(int limit) noexcept {
    auto now = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(now, word_of(std::max(limit, 0), used_in(now)), std::memory_order_relaxed)) {
    }
    return used_in(now);
  }
  int used() const noexcept { return used_in(word_.load(std::memory_order_relaxed)); }
  int limit() const noexcept { return limit_in(word_.load(std::memory_order_relaxed)); }
  bool is_full() const noexcept {
    const auto now = word_.load(std::memory_order_relaxed);
    return used_in(now) >= limit_in(now);
  }

 private:
  static constexpr std::uint64_t word_of(int limit, int used) noexcept {
    return (static_cast<std::uint64_t>(limit) << 32) | static_cast<std::uint32_t>(used);
  }
  static constexpr int used_in(std::uint64_t word) noexcept { return static_cast<int>(word & 0xffffffffu); }
  static constexpr int limit_in(std::uint64_t word) noexcept { return static_cast<int>(word >> 32); }

  std::atomic<std::uint64_t> word_{word_of(unlimited, 0)};
};

}  // namespace edgemesh
