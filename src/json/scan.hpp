// Byte scanners under validation, views and quoting: 16 bytes a step with SSE2, 8 elsewhere. Inner to this room. Pure.
// Each takes [p, end), never reads outside it, and returns where it stopped (`end` when nothing was found).
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace edgemesh::json::scan {

/// What a byte is to the scanners, one bit each.
enum byte_class : std::uint8_t { special = 1, quote = 2, bracket = 4, space = 8, digit = 16 };

inline constexpr auto classes = [] {
  std::array<std::uint8_t, 256> t{};
  for (unsigned c = 0; c < 256; ++c) {
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') t[c] |= special;
    if (c == '"' || c == '\\') t[c] |= quote;
    if (c == '"' || c == '{' || c == '}' || c == '[' || c == ']') t[c] |= bracket;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') t[c] |= space;
    if (c >= '0' && c <= '9') t[c] |= digit;
  }
  return t;
}();

inline bool is(char c, byte_class wanted) noexcept { return (classes[static_cast<unsigned char>(c)] & wanted) != 0; }

inline const char* find_bytewise(const char* p, const char* end, byte_class wanted) noexcept {
  while (p != end && !is(*p, wanted)) ++p;
  return p;
}

inline const char* skip(const char* p, const char* end, byte_class wanted) noexcept {
  while (p != end && is(*p, wanted)) ++p;
  return p;
}

#if defined(__SSE2__)

inline __m128i every(char c) noexcept { return _mm_set1_epi8(c); }

/// Bit i is set when byte i of the block is of the class.
template <byte_class Wanted>
inline unsigned block_mask(__m128i block) noexcept {
  __m128i hit = _mm_cmpeq_epi8(block, every('"'));
  if constexpr (Wanted == bracket) {
    const __m128i folded = _mm_or_si128(block, every(0x20));  // '[' and ']' become '{' and '}'
    hit = _mm_or_si128(hit, _mm_or_si128(_mm_cmpeq_epi8(folded, every('{')), _mm_cmpeq_epi8(folded, every('}'))));
  } else {
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, every('\\')));
    // Signed comparison: bytes from 0x80 on are negative, so one test finds them and control characters.
    if constexpr (Wanted == special) hit = _mm_or_si128(hit, _mm_cmplt_epi8(block, every(0x20)));
  }
  return static_cast<unsigned>(_mm_movemask_epi8(hit));
}

/// The mask of [p, end), whose length is from one Word to two.
template <byte_class Wanted, class Word>
inline unsigned ends_mask(const char* p, const char* end) noexcept {
  Word first, last;
  std::memcpy(&first, p, sizeof first);
  std::memcpy(&last, end - sizeof last, sizeof last);
  const __m128i both = _mm_set_epi64x(static_cast<long long>(last), static_cast<long long>(first));
  const unsigned mask = block_mask<Wanted>(both), one = (1u << sizeof(Word)) - 1;
  return (mask & one) | (mask >> 8 & one) << (end - p - static_cast<std::ptrdiff_t>(sizeof last));
}

template <byte_class Wanted>
inline const char* find(const char* p, const char* end) noexcept {
  for (; end - p >= 16; p += 16) {
    const unsigned mask = block_mask<Wanted>(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    if (mask != 0) return p + std::countr_zero(mask);
  }
  // Most names and many texts are shorter than a block: two loads that may overlap cover them.
  if (end - p >= 8) return p + std::countr_zero(ends_mask<Wanted, std::uint64_t>(p, end) | 1u << (end - p));
  if (end - p >= 4) return p + std::countr_zero(ends_mask<Wanted, std::uint32_t>(p, end) | 1u << (end - p));
  return find_bytewise(p, end, Wanted);
}

#else

constexpr std::uint64_t every(std::uint8_t c) noexcept { return 0x0101010101010101ull * c; }
constexpr std::uint64_t has_zero(std::uint64_t v) noexcept { return (v - every(1)) & ~v & every(0x80); }

/// Nonzero when a byte of the block is of the class.
template <byte_class Wanted>
inline std::uint64_t block_mask(std::uint64_t block) noexcept {
  std::uint64_t hit = has_zero(block ^ every('"'));
  if constexpr (Wanted == bracket) {
    const std::uint64_t folded = block | every(0x20);
    hit |= has_zero(folded ^ every('{')) | has_zero(folded ^ every('}'));
  } else {
    hit |= has_zero(block ^ every('\\'));
    if constexpr (Wanted == special) hit |= (block & every(0x80)) | ((block - every(0x20)) & ~block & every(0x80));
  }
  return hit;
}

template <byte_class Wanted>
inline const char* find(const char* p, const char* end) noexcept {
  for (std::uint64_t block; end - p >= 8; p += 8) {
    std::memcpy(&block, p, 8);
    if (block_mask<Wanted>(block) != 0) break;
  }
  return find_bytewise(p, end, Wanted);
}

#endif

/// Length of the well-formed multi-byte sequence (RFC 3629) at p < end, 0 when there is none.
inline std::size_t utf8_sequence(const char* p, const char* end) noexcept {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&](int i) { return (byte(i) & 0xC0) == 0x80; };
  const std::ptrdiff_t left = end - p;
  const unsigned lead = byte(0);
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (lead == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;   // overlong
  if (lead == 0xF4 && byte(1) >= 0x90) return 0;  // over U+10FFFF
  return 4;
}

/// Value of four hex digits, -1 when one is none.
inline int hex4(const char* p) noexcept {
  int v = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (d < 0) return -1;
    v = v * 16 + d;
  }
  return v;
}

/// p stands behind an opening quote of valid JSON; returns the position behind the closing one.
inline const char* string_end(const char* p, const char* end) noexcept {
  for (;;) {
    p = find<quote>(p, end);
    if (p == end) return end;
    if (*p == '"') return p + 1;
    if (end - p < 2) return end;
    p += 2;
  }
}

}  // namespace edgemesh::json::scan
