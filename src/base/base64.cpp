#include "base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace edgemesh::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> out{};
  out.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}
constexpr auto digits = make_digits();

std::uint32_t digit(char c) noexcept { return digits[static_cast<unsigned char>(c)]; }

/// '=' characters at the end: 0, 1 or 2.
std::size_t padding_of(std::string_view text) noexcept {
  if (text.size() < 4 || text.back() != '=') return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

}  // namespace

std::string encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    out += alphabet[word >> 18];
    out += alphabet[word >> 12 & 63];
    out += n > 1 ? alphabet[word >> 6 & 63] : '=';
    out += n > 2 ? alphabet[word & 63] : '=';
  }
  return out;
}

bool valid(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return false;
  const auto padding = padding_of(text);
  const auto body = text.substr(0, text.size() - padding);
  for (char c : body)
    if (digit(c) == no_digit) return false;
  // The bits that padding cuts off must be zero, else two texts would mean the same bytes.
  if (padding == 1) return (digit(body.back()) & 3u) == 0;
  if (padding == 2) return (digit(body.back()) & 15u) == 0;
  return true;
}

std::optional<std::string> decode(std::string_view text) {
  if (!valid(text)) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) word = word << 6 | (text[i + k] == '=' ? 0u : digit(text[i + k]));
    out += static_cast<char>(word >> 16 & 255);
    out += static_cast<char>(word >> 8 & 255);
    out += static_cast<char>(word & 255);
  }
  out.resize(out.size() - padding_of(text));
  return out;
}

}  // namespace edgemesh::base64
