// The content of JSON strings without their escapes. Inner to this room; input comes from validated text. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace edgemesh::json {

/// `inner` is what stands between the quotes.
std::string unescaped(std::string_view inner);
std::size_t unescaped_bytes(std::string_view inner) noexcept;
bool unescapes_to(std::string_view inner, std::string_view wanted) noexcept;

}  // namespace edgemesh::json
