// Sizes and durations as people write them: "64MB", "32KiB", "200ms", "30s", "5m", "2h", "25%".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace edgemesh {

using byte_count = std::uint64_t;

/// Accepts B, KB/MB/GB (powers of 1000) and KiB/MiB/GiB (1024), no sign, no fraction. nullopt when malformed or over 2^62.
std::optional<byte_count> parse_bytes(std::string_view text) noexcept;
/// Accepts ns, us, ms, s, m, h, d with a non-negative decimal number before it. nullopt when malformed or over 100 years.
std::optional<nanoseconds> parse_duration(std::string_view text) noexcept;

std::string format_bytes(byte_count bytes);
std::string format_duration(nanoseconds d);

}  // namespace edgemesh
