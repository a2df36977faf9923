// The words for time. Pure rooms never call now(): an instant is passed in.
#pragma once
#include <chrono>

namespace edgemesh {

using steady_clock = std::chrono::steady_clock;
using instant = steady_clock::time_point;                ///< monotonic, for deadlines and durations
using wall_time = std::chrono::system_clock::time_point;  ///< for what people and files read
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Nanoseconds since the steady clock's epoch: the form that fits an atomic.
inline std::int64_t to_ticks(instant t) noexcept {
  return std::chrono::duration_cast<nanoseconds>(t.time_since_epoch()).count();
}
inline instant from_ticks(std::int64_t ns) noexcept { return instant(std::chrono::duration_cast<steady_clock::duration>(nanoseconds(ns))); }

}  // namespace edgemesh
