// How fast a key may go: the generic cell rate algorithm (ITU-T I.371, as a continuously leaking bucket). One atomic holds the theoretical
// arrival time: when the bucket will be empty again. A limit of N per minute lets N through at once and N per minute after that.
// Any thread, no lock. Time is the steady clock's: wall clocks that jump change nothing.
#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace edgemesh::admission {

inline constexpr std::int64_t rate_per_minute_max = 1'000'000'000;

struct rate_verdict {
  bool is_admitted = false;
  bool is_too_large = false;       ///< more than the limit at once: waiting does not help
  nanoseconds retry_after{0};      ///< when the same amount may be let through; 0 when admitted or too large
  std::int64_t remaining = 0;      ///< what may be taken now
  nanoseconds reset_after{0};      ///< until the whole limit is there again
};

class rate_limit {
 public:
  /// Takes `amount` or nothing. `per_minute` is at least 1; it may change from call to call: what was taken stays taken.
  rate_verdict take(std::int64_t amount, std::int64_t per_minute, instant now) noexcept;
  /// After the fact: the true amount was larger (positive, may lead below zero) or smaller (negative) than what was taken.
  void correct(std::int64_t difference, std::int64_t per_minute, instant now) noexcept;
  /// As take(0) answers.
  rate_verdict look(std::int64_t per_minute, instant now) const noexcept;

 private:
  std::atomic<std::int64_t> empty_at_{0};  // to_ticks()
};

}  // namespace edgemesh::admission
