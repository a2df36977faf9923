#include "admission/spending.hpp"

#include <algorithm>
#include <limits>

namespace edgemesh::admission {

void spending::reservation::settle(std::int64_t cost) noexcept {
  if (!from_) return;
  const auto from = std::exchange(from_, nullptr);
  from->spent_.fetch_add(std::clamp<std::int64_t>(cost, 0, budget::amount_max));
  from->reserved_.fetch_sub(std::exchange(amount_, 0));
}

void spending::restore(std::int64_t window_begin, std::int64_t spent) noexcept {
  enter(window_begin);
  if (window_begin_.load() == window_begin) spent_.fetch_add(std::max<std::int64_t>(0, spent));
}

/// A clock that steps back stays in the later window: nothing is spent twice.
void spending::enter(std::int64_t window_begin) noexcept {
  auto current = window_begin_.load();
  while (window_begin > current) {
    if (!window_begin_.compare_exchange_weak(current, window_begin)) continue;
    spent_.store(0);
    return;
  }
}

bool spending::set_aside(std::int64_t amount, std::int64_t limit) noexcept {
  // Amounts are at most amount_max, so that a few of them fit 64 bits; many requests of the largest amount do not.
  const auto fits = [limit](std::int64_t spent, std::int64_t reserved) { return static_cast<__int128>(spent) + reserved <= limit; };
  auto reserved = reserved_.load();
  do {
    if (!fits(spent_.load(), reserved + amount)) return false;
  } while (!reserved_.compare_exchange_weak(reserved, reserved + amount));
  // Between the look at what was spent and the step others may have settled and set aside as much again.
  if (fits(spent_.load(), reserved_.load())) return true;
  reserved_.fetch_sub(amount);
  return false;
}

std::optional<spending::reservation> spending::reserve(const std::shared_ptr<spending>& cell, std::int64_t amount, const budget& limit,
                                                       wall_time now) noexcept {
  cell->enter(window_of(limit.period, now).begin);
  if (amount < 0 || amount > budget::amount_max || !cell->set_aside(amount, limit.amount)) return std::nullopt;
  reservation r;
  r.from_ = cell;
  r.amount_ = amount;
  return r;
}

}  // namespace edgemesh::admission
