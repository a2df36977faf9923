// What may be spent, of what, in which time. Amounts are integers: tokens, or millionths of the configured currency. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace edgemesh {

enum class budget_unit : std::uint8_t { money, tokens };
enum class budget_period : std::uint8_t { day, week, month, total };

constexpr std::string_view name_of(budget_unit u) noexcept { return u == budget_unit::money ? "money" : "tokens"; }
constexpr std::string_view name_of(budget_period p) noexcept {
  return p == budget_period::day ? "day" : p == budget_period::week ? "week" : p == budget_period::month ? "month" : "total";
}
constexpr std::optional<budget_unit> budget_unit_from(std::string_view name) noexcept {
  for (const auto u : {budget_unit::money, budget_unit::tokens})
    if (name_of(u) == name) return u;
  return std::nullopt;
}
constexpr std::optional<budget_period> budget_period_from(std::string_view name) noexcept {
  for (const auto p : {budget_period::day, budget_period::week, budget_period::month, budget_period::total})
    if (name_of(p) == name) return p;
  return std::nullopt;
}

struct budget {
  static constexpr std::int64_t amount_max = 1'000'000'000'000'000'000;
  std::int64_t amount = 0;  ///< 0 to amount_max
  budget_unit unit = budget_unit::money;
  budget_period period = budget_period::month;
  friend bool operator==(const budget&, const budget&) = default;
};

/// One day, week (from Monday), month of UTC, or all time: [begin, end) in Unix seconds.
struct budget_window {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const budget_window&, const budget_window&) = default;
};
/// The window that holds `at`. Of `total`: from the epoch to the year 10000.
budget_window window_of(budget_period period, wall_time at) noexcept;

}  // namespace edgemesh
