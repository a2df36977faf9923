#include <array>
#include <chrono>

#include "base/ascii.hpp"
#include "dialects/upstream_error.hpp"

namespace edgemesh::dialects {
namespace {

/// A year: what is longer means the same, and no sum of it with a clock overflows.
constexpr std::int64_t seconds_max = 365LL * 24 * 3600;

std::optional<int> digits(std::string_view text) noexcept {
  int value = 0;
  if (text.empty() || text.size() > 4) return std::nullopt;
  for (char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "120", also "1.5" (rounded up).
std::optional<seconds> parse_delay(std::string_view text) noexcept {
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && ascii::is_digit(text[i]); ++i) whole = std::min(whole * 10 + (text[i] - '0'), seconds_max);
  if (i == 0) return std::nullopt;
  if (i == text.size()) return seconds(whole);
  if (text[i++] != '.' || i == text.size()) return std::nullopt;
  bool more = false;
  for (; i < text.size(); ++i) {
    if (!ascii::is_digit(text[i])) return std::nullopt;
    more = more || text[i] != '0';
  }
  return seconds(whole + (more ? 1 : 0));
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 IMF-fixdate, the form that servers send).
std::optional<wall_time> parse_date(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto day = digits(text.substr(5, 2)), year = digits(text.substr(12, 4)), hour = digits(text.substr(17, 2)),
             minute = digits(text.substr(20, 2)), second = digits(text.substr(23, 2));
  unsigned month = 0;
  for (unsigned i = 0; i < months.size(); ++i)
    if (months[i] == text.substr(8, 3)) month = i + 1;
  if (!day || !year || !hour || !minute || !second || month == 0 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return wall_time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view header, wall_time now) noexcept {
  header = ascii::trim(header);
  if (const auto delay = parse_delay(header)) return delay;
  const auto until = parse_date(header);
  if (!until) return std::nullopt;
  const auto left = std::chrono::ceil<seconds>(*until - now);
  return std::clamp(left, seconds(0), seconds(seconds_max));
}

}  // namespace edgemesh::dialects
