#include "base/units.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/ascii.hpp"

namespace edgemesh {
namespace {

constexpr byte_count bytes_max = byte_count{1} << 62;
constexpr std::uint64_t duration_max = 100ull * 365 * 86400 * 1'000'000'000;

struct unit {
  std::string_view name;
  std::uint64_t size;
};
constexpr std::array<unit, 7> byte_units{{{"GiB", 1ull << 30},
                                          {"GB", 1'000'000'000},
                                          {"MiB", 1ull << 20},
                                          {"MB", 1'000'000},
                                          {"KiB", 1024},
                                          {"KB", 1000},
                                          {"B", 1}}};
constexpr std::array<unit, 7> time_units{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1000},
                                          {"ns", 1}}};

template <std::size_t N>
std::uint64_t size_of(const std::array<unit, N>& units, std::string_view name) noexcept {
  for (const auto& u : units)
    if (u.name == name) return u.size;
  return 0;
}

/// Takes leading digits off `text`; nullopt without a digit or above `max`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t max) noexcept {
  if (text.empty() || !ascii::is_digit(text.front())) return std::nullopt;
  std::uint64_t value = 0;
  while (!text.empty() && ascii::is_digit(text.front())) {
    value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (value > max) return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

/// ".25" as 0.25; digits after the 15th do not matter at a nanosecond.
std::optional<double> take_fraction(std::string_view& text) noexcept {
  if (text.empty() || text.front() != '.') return 0.0;
  text.remove_prefix(1);
  if (text.empty() || !ascii::is_digit(text.front())) return std::nullopt;
  double value = 0, place = 0.1;
  for (; !text.empty() && ascii::is_digit(text.front()); text.remove_prefix(1), place /= 10)
    value += place * (text.front() - '0');
  return value;
}

/// At most three decimals, without trailing zeros.
std::string decimal(double value, std::string_view name) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", value);
  std::string out(text);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out.append(name);
}

}  // namespace

std::optional<byte_count> parse_bytes(std::string_view text) noexcept {
  const auto number = take_number(text, bytes_max);
  const auto size = size_of(byte_units, text);
  if (!number || size == 0 || *number > bytes_max / size) return std::nullopt;
  return *number * size;
}

std::optional<nanoseconds> parse_duration(std::string_view text) noexcept {
  const auto whole = take_number(text, duration_max);
  if (!whole) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto size = size_of(time_units, text);
  if (!fraction || size == 0 || *whole > duration_max / size) return std::nullopt;
  const auto total = *whole * size + static_cast<std::uint64_t>(std::llround(*fraction * static_cast<double>(size)));
  if (total > duration_max) return std::nullopt;
  return nanoseconds(static_cast<std::int64_t>(total));
}

std::string format_bytes(byte_count bytes) {
  const unit* best = &byte_units.back();
  for (const auto& u : byte_units)
    if (bytes != 0 && bytes % u.size == 0 && bytes / u.size < bytes / best->size) best = &u;
  if (bytes / best->size < 10'000) return std::to_string(bytes / best->size).append(best->name);
  for (const auto& u : byte_units)
    if (bytes >= u.size && u.size % 1000 == 0) return decimal(static_cast<double>(bytes) / static_cast<double>(u.size), u.name);
  return std::to_string(bytes).append("B");
}

std::string format_duration(nanoseconds d) {
  if (d.count() < 0) return "-" + format_duration(-d);
  if (d.count() == 0) return "0s";
  const auto ns = static_cast<std::uint64_t>(d.count());
  for (const auto& u : time_units)
    if (ns % u.size == 0) {
      if (ns / u.size < 10'000) return std::to_string(ns / u.size).append(u.name);
      break;
    }
  for (const auto& u : time_units)
    if (ns >= u.size && u.size <= 1'000'000'000) return decimal(static_cast<double>(ns) / static_cast<double>(u.size), u.name);
  return std::to_string(ns).append("ns");
}

}  // namespace edgemesh
