// What the tokens of one model cost at one backend, as exact integers: millionths of the currency, whichever that is. Pure; any thread.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgemesh {

struct model_prices {
  std::int64_t input = 0, cached_input = 0, output = 0;  ///< per million tokens
  std::int64_t request = 0;                              ///< per request
  friend bool operator==(const model_prices&, const model_prices&) = default;
};

inline constexpr std::int64_t price_max = 1'000'000'000'000'000;  ///< a thousand million of the currency, as on the mesh's wire

/// "0.15" is 150000: decimal digits, and after a point one to six of them. No sign, no exponent; nullopt beyond price_max too.
std::optional<std::int64_t> parse_price(std::string_view text) noexcept;
/// The shortest decimal text of it: "0.15", "3".
std::string price_text(std::int64_t millionths);

}  // namespace edgemesh
