// What tokens cost, in integers: millionths of the configured currency, per million tokens or per request. Pure.
#pragma once
#include <cstdint>

#include "domain/token_usage.hpp"

namespace edgemesh {

struct price {
  static constexpr std::int64_t amount_max = 1'000'000'000'000'000;
  std::int64_t input = 0, cached_input = 0, output = 0;  ///< per million tokens
  std::int64_t request = 0;                              ///< per request
  friend bool operator==(const price&, const price&) = default;
};

/// In millionths, rounded once, half up; counts below zero are zero, and what is cached is part of the prompt. Stops at the largest number
/// instead of overflowing.
std::int64_t cost_of(const price& p, const token_usage& usage) noexcept;

}  // namespace edgemesh
