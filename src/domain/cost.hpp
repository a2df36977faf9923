// What one answer cost, by the prices of its model. Integers: millionths of the configured currency. Pure.
#pragma once
#include <cstdint>

#include "domain/model_prices.hpp"
#include "domain/token_usage.hpp"

namespace edgemesh {

/// Rounded once, half up; counts below zero are zero, and what is cached is part of the prompt. Stops at the largest number instead of
/// overflowing.
std::int64_t cost_of(const model_prices& p, const token_usage& usage) noexcept;

}  // namespace edgemesh
