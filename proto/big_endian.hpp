// Numbers as the wire has them: most significant byte first, no alignment. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::proto {

template <class Number>
void append_big_endian(std::string& out, Number value) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}
/// `bytes` holds at least `at + sizeof(Number)`.
template <class Number>
Number big_endian_at(std::string_view bytes, std::size_t at) noexcept {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) value = static_cast<Number>(value << 8 | static_cast<std::uint8_t>(bytes[at + i]));
  return value;
}

}  // namespace edgemesh::proto
