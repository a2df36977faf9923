#include "json/writer.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "json/scan.hpp"

namespace edgemesh::json {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string_view between(const char* from, const char* to) noexcept { return {from, static_cast<std::size_t>(to - from)}; }

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr char hex[] = "0123456789abcdef";
  out += "\\u00";
  out += hex[static_cast<unsigned char>(c) >> 4];
  out += hex[c & 15];
}

template <class Number>
void append_number(std::string& out, Number v) {
  char text[32];
  const auto [end, failure] = std::to_chars(text, text + sizeof text, v);
  out += between(text, end);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  out += '"';
  while (p != end) {
    const char* stop = scan::find<scan::special>(p, end);
    out += between(p, stop);
    p = stop;
    if (p == end) break;
    if (static_cast<unsigned char>(*p) < 0x80) {
      append_escape(out, *p++);
      continue;
    }
    // Stretches of other scripts are copied at once.
    while (stop != end && static_cast<unsigned char>(*stop) >= 0x80) {
      const std::size_t length = scan::utf8_sequence(stop, end);
      if (length == 0) break;
      stop += length;
    }
    out += between(p, stop);
    p = stop;
    if (p != end && static_cast<unsigned char>(*p) >= 0x80) {
      out += replacement;
      ++p;
    }
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
}

std::string compacted(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p != end) {
    const char* const start = p;
    if (*p == '"') {
      p = scan::string_end(p + 1, end);
    } else {
      while (p != end && *p != '"' && !scan::is(*p, scan::space)) ++p;
    }
    out += between(start, p);
    p = scan::skip(p, end, scan::space);
  }
  return out;
}

void writer::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

writer& writer::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
  return *this;
}

writer& writer::end_object() {
  out_ += '}';
  comma_ = true;
  return *this;
}

writer& writer::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
  return *this;
}

writer& writer::end_array() {
  out_ += ']';
  comma_ = true;
  return *this;
}

writer& writer::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  comma_ = false;
  return *this;
}

writer& writer::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
  return *this;
}

writer& writer::integer(std::int64_t v) {
  separate();
  append_number(out_, v);
  return *this;
}

writer& writer::number(double v) {
  separate();
  if (std::isfinite(v)) append_number(out_, v);
  else out_ += "null";
  return *this;
}

writer& writer::thousandths(std::int64_t v) {
  separate();
  if (v < 0) out_ += '-';
  const auto [whole, rest] = std::lldiv(v, 1000);
  append_number(out_, std::abs(whole));
  if (rest == 0) return *this;
  const auto digits = static_cast<unsigned>(std::abs(rest));
  const char text[] = {'.', static_cast<char>('0' + digits / 100), static_cast<char>('0' + digits / 10 % 10),
                       static_cast<char>('0' + digits % 10)};
  out_.append(text, digits % 10 != 0 ? 4 : digits % 100 != 0 ? 3 : 2);
  return *this;
}

writer& writer::boolean(bool v) {
  separate();
  out_ += v ? "true" : "false";
  return *this;
}

writer& writer::null() {
  separate();
  out_ += "null";
  return *this;
}

writer& writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace edgemesh::json
