// Standard base64 with padding (RFC 4648 section 4). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace edgemesh::base64 {

std::string encode(std::string_view bytes);
/// nullopt on a character outside the alphabet, wrong padding or length. White space is not accepted.
std::optional<std::string> decode(std::string_view text);
/// True when decode() would succeed; allocates nothing.
bool valid(std::string_view text) noexcept;

}  // namespace edgemesh::base64
