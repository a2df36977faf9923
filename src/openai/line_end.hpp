// Finds the end of a line of text/event-stream, where CR ends a line as LF does. Pure.
#pragma once
#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace edgemesh::openai {

/// First CR or LF in [p, end), else `end`.
inline const char* find_line_end(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\r')));
    if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit)); mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p != end && *p != '\n' && *p != '\r') ++p;
  return p;
}

}  // namespace edgemesh::openai
