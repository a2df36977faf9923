#include "domain/budget.hpp"

namespace edgemesh {

namespace {

std::int64_t seconds_of(std::chrono::sys_days day) noexcept { return std::chrono::duration_cast<seconds>(day.time_since_epoch()).count(); }

}  // namespace

budget_window window_of(budget_period period, wall_time at) noexcept {
  using namespace std::chrono;
  const auto today = floor<days>(at);
  switch (period) {
    case budget_period::day: return {seconds_of(today), seconds_of(today + days(1))};
    case budget_period::week: {
      const auto monday = today - (weekday(today) - Monday);
      return {seconds_of(monday), seconds_of(monday + days(7))};
    }
    case budget_period::month: {
      const year_month_day date(today);
      const auto month = date.year() / date.month();
      return {seconds_of(sys_days(month / 1)), seconds_of(sys_days((month + months(1)) / 1))};
    }
    case budget_period::total: break;
  }
  constexpr std::int64_t year_10000 = 253402300800;
  return {0, year_10000};
}

}  // namespace edgemesh
