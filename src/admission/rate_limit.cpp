#include "admission/rate_limit.hpp"

#include <algorithm>

namespace edgemesh::admission {

namespace {

constexpr std::int64_t minute_ns = 60'000'000'000;
constexpr auto relaxed = std::memory_order_relaxed;

/// The time that `amount` takes to leak, rounded up; bounded, so that no sum of ours overflows.
std::int64_t time_of(std::int64_t amount, std::int64_t per_minute) noexcept {
  constexpr std::int64_t longest = std::int64_t{1} << 61;
  const auto whole = static_cast<__int128>(amount) * minute_ns;
  const auto ns = (whole > 0 ? whole + per_minute - 1 : whole) / per_minute;
  return static_cast<std::int64_t>(std::clamp<__int128>(ns, -longest, longest));
}

rate_verdict verdict_of(std::int64_t backlog, std::int64_t per_minute) noexcept {
  rate_verdict v;
  const auto room = std::max<std::int64_t>(0, minute_ns - backlog);
  v.remaining = static_cast<std::int64_t>(static_cast<__int128>(room) * per_minute / minute_ns);
  v.reset_after = nanoseconds(std::max<std::int64_t>(0, backlog));
  return v;
}

}  // namespace

rate_verdict rate_limit::take(std::int64_t amount, std::int64_t per_minute, instant now) noexcept {
  const auto t = to_ticks(now);
  const auto cost = time_of(amount, per_minute);
  auto empty_at = empty_at_.load(relaxed);
  for (;;) {
    const auto backlog = std::max<std::int64_t>(0, empty_at - t);
    const auto after = backlog + cost;
    if (after > minute_ns) {
      auto v = verdict_of(backlog, per_minute);
      v.is_too_large = amount > per_minute;
      if (!v.is_too_large) v.retry_after = nanoseconds(after - minute_ns);
      return v;
    }
    if (empty_at_.compare_exchange_weak(empty_at, t + after, relaxed)) {
      auto v = verdict_of(after, per_minute);
      v.is_admitted = true;
      return v;
    }
  }
}

void rate_limit::correct(std::int64_t difference, std::int64_t per_minute, instant now) noexcept {
  const auto t = to_ticks(now);
  const auto time = time_of(difference, per_minute);
  auto empty_at = empty_at_.load(relaxed);
  // What has leaked meanwhile is not given back a second time: the bucket is never emptier than empty.
  while (!empty_at_.compare_exchange_weak(empty_at, std::max(t, std::max(t, empty_at) + time), relaxed)) {}
}

rate_verdict rate_limit::look(std::int64_t per_minute, instant now) const noexcept {
  auto v = verdict_of(std::max<std::int64_t>(0, empty_at_.load(relaxed) - to_ticks(now)), per_minute);
  v.is_admitted = true;
  return v;
}

}  // namespace edgemesh::admission
