// JSON written straight into a string, for answers that are made of many small equal pieces. Pure.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh::mock {

/// A JSON string with its quotes. Go's encoder also escapes <, > and &: `like_go`.
inline void append_quoted(std::string& out, std::string_view text, bool like_go = false) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || (like_go && (c == '<' || c == '>' || c == '&'))) {
      ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

inline std::string quoted(std::string_view text, bool like_go = false) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text, like_go);
  return out;
}

/// A JSON string, or null for an empty text.
inline std::string quoted_or_null(std::string_view text) {
  return text.empty() ? std::string("null") : quoted(text);
}

}  // namespace edgemesh::mock
