// CRC-32C by eight tables (Kounavis and Berry's "slicing by 8"): about one byte per cycle on any processor. Frames of the mesh are
// small and few, so the instructions that some processors have for it would buy nothing that shows.
#include <array>
#include <cstddef>

#include "proto/frame.hpp"

namespace edgemesh::proto {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // 0x1edc6f41 with its bits reversed
using tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[k][b]: what byte b does to the checksum when k bytes follow it.
constexpr tables make_tables() {
  tables t{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t c = b;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1 ? polynomial : 0);
    t[0][b] = c;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) t[k][b] = (t[k - 1][b] >> 8) ^ t[0][t[k - 1][b] & 0xff];
  return t;
}
constexpr tables table = make_tables();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) noexcept {
  std::uint32_t c = ~seed;
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8)
    c = table[7][(c ^ at[0]) & 0xff] ^ table[6][((c >> 8) ^ at[1]) & 0xff] ^ table[5][((c >> 16) ^ at[2]) & 0xff] ^
        table[4][(c >> 24) ^ at[3]] ^ table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
  for (; left != 0; ++at, --left) c = (c >> 8) ^ table[0][(c ^ *at) & 0xff];
  return ~c;
}

}  // namespace edgemesh::proto
