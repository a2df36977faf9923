#include "resilience/stall_timers.hpp"

#include <algorithm>

namespace edgemesh::resilience {
namespace {
constexpr milliseconds idle_floor{30000};
constexpr double intervals_of_silence = 30, ewma_weight = 0.1;
}  // namespace

void stall_timers::event(instant now) noexcept {
  if (events_ > 0) {
    const double interval = std::chrono::duration<double, std::milli>(now - last_).count();
    interval_ewma_ms_ = events_ == 1 ? interval : interval_ewma_ms_ + ewma_weight * (interval - interval_ewma_ms_);
  }
  ++events_;
  last_ = now;
}

instant stall_timers::deadline() const noexcept {
  return last_ + (first_seen() ? idle_limit() : options_.first_event);
}

milliseconds stall_timers::idle_limit() const noexcept {
  if (events_ < 2) return options_.idle;
  // Compared as numbers first: a huge interval must not overflow the conversion.
  const double learned = intervals_of_silence * interval_ewma_ms_;
  if (learned >= static_cast<double>(options_.idle.count())) return options_.idle;
  return std::min(options_.idle, std::max(idle_floor, milliseconds(static_cast<std::int64_t>(learned))));
}

}  // namespace edgemesh::resilience
