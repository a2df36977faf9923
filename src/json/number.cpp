#include "json/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace edgemesh::json {
namespace {

constexpr std::size_t safe_digits = 18;  // so many cannot overflow

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A literal as digits times ten to some power; `digits` may hold one '.'.
struct decimal {
  bool negative = false;
  std::string_view digits;
  std::int64_t exponent = 0;  ///< saturated at +-1e6
};

decimal split(std::string_view literal) noexcept {
  decimal d;
  if (!literal.empty() && literal.front() == '-') {
    d.negative = true;
    literal.remove_prefix(1);
  }
  const auto e = literal.find_first_of("eE");
  d.digits = literal.substr(0, e);
  if (e == std::string_view::npos) return d;
  std::string_view power = literal.substr(e + 1);
  const bool minus = !power.empty() && power.front() == '-';
  for (const char c : power)
    if (is_digit(c) && d.exponent < 1'000'000) d.exponent = d.exponent * 10 + (c - '0');
  if (minus) d.exponent = -d.exponent;
  return d;
}

}  // namespace

std::optional<double> parse_double(std::string_view literal) noexcept {
  double v = 0;
  const auto [rest, failure] = std::from_chars(literal.data(), literal.data() + literal.size(), v);
  if (failure == std::errc()) return v;
  if (failure != std::errc::result_out_of_range) return std::nullopt;
  // Out of range says too large and too small alike: the place of the first significant digit tells which.
  const decimal d = split(literal);
  std::int64_t place = d.exponent;
  const auto point = d.digits.find('.');
  const auto first = d.digits.find_first_not_of("0.");
  if (first != std::string_view::npos) {
    const auto whole = static_cast<std::int64_t>(point == std::string_view::npos ? d.digits.size() : point);
    place += whole - static_cast<std::int64_t>(first);
  }
  if (place > 0) return std::nullopt;
  return d.negative ? -0.0 : 0.0;
}

std::optional<std::int64_t> parse_integer(std::string_view literal) noexcept {
  if (!literal.empty() && literal.size() <= safe_digits && std::all_of(literal.begin(), literal.end(), is_digit)) {
    std::int64_t v = 0;
    for (const char c : literal) v = v * 10 + (c - '0');
    return v;
  }
  decimal d = split(literal);
  if (const auto point = d.digits.find('.'); point != std::string_view::npos)
    d.exponent -= static_cast<std::int64_t>(d.digits.size() - point - 1);
  while (!d.digits.empty() && (d.digits.back() == '0' || d.digits.back() == '.')) {
    if (d.digits.back() == '0') ++d.exponent;
    d.digits.remove_suffix(1);
  }
  std::int64_t v = 0;  // grows downwards: the negative range is the larger one
  const auto shift_in = [&v](int digit) {
    return !__builtin_mul_overflow(v, std::int64_t{10}, &v) && !__builtin_sub_overflow(v, std::int64_t{digit}, &v);
  };
  for (const char c : d.digits)
    if (c != '.' && !shift_in(c - '0')) return std::nullopt;
  if (v == 0) return 0;
  if (d.exponent < 0) return std::nullopt;
  for (; d.exponent > 0; --d.exponent)
    if (!shift_in(0)) return std::nullopt;
  if (d.negative) return v;
  if (v == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return -v;
}

}  // namespace edgemesh::json
