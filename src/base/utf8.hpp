// UTF-8 (RFC 3629): validation and cutting at boundaries. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::utf8 {

/// Offset of the first byte that is not part of valid UTF-8, or npos. Overlong forms, surrogates and
/// code points over U+10FFFF are invalid; a truncated tail is invalid at its first byte.
std::size_t first_invalid(std::string_view text) noexcept;
inline bool valid(std::string_view text) noexcept { return first_invalid(text) == std::string_view::npos; }

/// Length of the longest prefix that does not end inside a code point (an incomplete but so far valid tail is cut off).
std::size_t complete_prefix(std::string_view text) noexcept;

/// Every invalid byte becomes U+FFFD.
std::string repaired(std::string_view text);
/// Appends the UTF-8 form of a code point.
void append(std::string& out, std::uint32_t code_point);

}  // namespace edgemesh::utf8
