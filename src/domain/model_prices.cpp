#include "domain/model_prices.hpp"

#include <algorithm>

namespace edgemesh {

namespace {

constexpr std::int64_t million = 1'000'000;

bool are_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::int64_t> parse_price(std::string_view text) noexcept {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == text.npos ? std::string_view("0") : text.substr(point + 1);
  if (whole.empty() || whole.size() > 10 || fraction.empty() || fraction.size() > 6 || !are_digits(whole) || !are_digits(fraction)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  value *= million;
  std::int64_t place = million / 10;
  for (const char c : fraction) {
    value += (c - '0') * place;
    place /= 10;
  }
  return value <= price_max ? std::optional(value) : std::nullopt;
}

std::string price_text(std::int64_t millionths) {
  std::string out = std::to_string(millionths / million);
  auto fraction = std::to_string(million + millionths % million).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return fraction.empty() ? out : out + "." + fraction;
}

}  // namespace edgemesh
