#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace edgemesh::utf8 {
namespace {

enum class verdict : std::uint8_t { whole, truncated, invalid };
struct step {
  verdict is;
  std::size_t length;  ///< bytes of the code point when whole
};

/// Judges the code point that starts at text[at] (RFC 3629, table 3-7 of Unicode).
step look(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {verdict::whole, 1};
  if (first < 0xc2 || first > 0xf4) return {verdict::invalid, 0};
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // Overlong forms, surrogates and code points over U+10FFFF show in the second byte.
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t k = 1; k < length; ++k) {
    if (at + k >= text.size()) return {verdict::truncated, 0};
    const unsigned char c = byte(at + k);
    if (c < (k == 1 ? low : 0x80) || c > (k == 1 ? high : 0xbf)) return {verdict::invalid, 0};
  }
  return {verdict::whole, length};
}

/// Skips ASCII eight bytes at a time.
std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080ull) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

std::size_t first_invalid(std::string_view text) noexcept {
  std::size_t at = skip_ascii(text, 0);
  while (at < text.size()) {
    const auto s = look(text, at);
    if (s.is != verdict::whole) return at;
    at += s.length;
    if (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) at = skip_ascii(text, at);
  }
  return std::string_view::npos;
}

std::size_t complete_prefix(std::string_view text) noexcept {
  const std::size_t from = text.size() - std::min<std::size_t>(3, text.size());
  for (std::size_t at = text.size(); at-- > from;) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x80) break;
    if (c < 0xc0) continue;  // a continuation byte: its start is further left
    return look(text, at).is == verdict::truncated ? at : text.size();
  }
  return text.size();
}

std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t good = std::min(first_invalid(text), text.size());
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return out;
}

void append(std::string& out, std::uint32_t cp) {
  if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) cp = 0xfffd;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (cp >> shift & 63)); };
  if (cp < 0x80) {
    out += static_cast<char>(cp);
  } else if (cp < 0x800) {
    out += static_cast<char>(0xc0 | cp >> 6);
    tail(0);
  } else if (cp < 0x10000) {
    out += static_cast<char>(0xe0 | cp >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | cp >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace edgemesh::utf8
