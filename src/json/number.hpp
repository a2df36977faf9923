// Reading JSON number literals. Inner to this room. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace edgemesh::json {

/// `literal` follows the JSON grammar. nullopt when it overflows a double; what underflows is 0.
std::optional<double> parse_double(std::string_view literal) noexcept;
/// Exact; nullopt when not whole or outside of int64. "3.0", "1e3" and "10e-1" are whole.
std::optional<std::int64_t> parse_integer(std::string_view literal) noexcept;

}  // namespace edgemesh::json
