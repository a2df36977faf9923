#include "dialects/sound_json.hpp"

#include <optional>

#include "base/utf8.hpp"

namespace edgemesh::dialects {
namespace {

/// The code unit of a `\uXXXX` that starts at `at`.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) noexcept {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (char c : text.substr(at + 2, 4)) {
    const int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (d < 0) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(d);
  }
  return unit;
}

bool is_high(unsigned unit) noexcept { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) noexcept { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::string sound_json(std::string_view text) {
  std::string out = utf8::repaired(text);
  for (std::size_t i = 0; (i = out.find('\\', i)) != out.npos;) {
    const auto unit = escaped_unit(out, i);
    if (!unit) {
      i += 2;
      continue;
    }
    const auto next = escaped_unit(out, i + 6);
    if (is_high(*unit) && next && is_low(*next)) {
      i += 12;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) out.replace(i + 2, 4, "fffd");
    i += 6;
  }
  return out;
}

}  // namespace edgemesh::dialects
