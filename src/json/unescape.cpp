#include "json/unescape.hpp"

#include <cstdint>

#include "json/scan.hpp"

namespace edgemesh::json {
namespace {

/// The bytes that one escape stands for.
struct piece {
  char bytes[4] = {};
  std::size_t size = 0;
  std::string_view view() const noexcept { return {bytes, size}; }
};

piece encoded(std::uint32_t c) noexcept {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return {{static_cast<char>(c)}, 1};
  if (c < 0x800) return {{static_cast<char>(0xC0 | (c >> 6)), tail(0)}, 2};
  if (c < 0x10000) return {{static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)}, 3};
  return {{static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)}, 4};
}

char simple_escape(char c) noexcept {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

/// Takes the escape at the front of `rest` off.
piece take_escape(std::string_view& rest) noexcept {
  if (rest.size() >= 6 && rest[1] == 'u') {
    auto unit = static_cast<std::uint32_t>(scan::hex4(rest.data() + 2));
    rest.remove_prefix(6);
    if (unit >= 0xD800 && unit < 0xDC00 && rest.size() >= 6) {
      const auto low = static_cast<std::uint32_t>(scan::hex4(rest.data() + 2));
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      rest.remove_prefix(6);
    }
    return encoded(unit);
  }
  if (rest.size() < 2) {
    rest = {};
    return {};
  }
  const char c = simple_escape(rest[1]);
  rest.remove_prefix(2);
  return {{c}, 1};
}

/// Calls take(view) for each unescaped stretch until it returns false; true when all was taken.
template <class Take>
bool for_each_stretch(std::string_view rest, Take&& take) {
  while (!rest.empty()) {
    const auto plain = rest.find('\\');
    if (plain != 0) {
      if (!take(rest.substr(0, plain))) return false;
      if (plain == std::string_view::npos) return true;
      rest.remove_prefix(plain);
    }
    const piece p = take_escape(rest);
    if (!take(p.view())) return false;
  }
  return true;
}

}  // namespace

std::string unescaped(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  for_each_stretch(inner, [&out](std::string_view s) {
    out.append(s);
    return true;
  });
  return out;
}

std::size_t unescaped_bytes(std::string_view inner) noexcept {
  std::size_t bytes = 0;
  for_each_stretch(inner, [&bytes](std::string_view s) {
    bytes += s.size();
    return true;
  });
  return bytes;
}

bool unescapes_to(std::string_view inner, std::string_view wanted) noexcept {
  const bool all = for_each_stretch(inner, [&wanted](std::string_view s) {
    if (!wanted.starts_with(s)) return false;
    wanted.remove_prefix(s.size());
    return true;
  });
  return all && wanted.empty();
}

}  // namespace edgemesh::json
