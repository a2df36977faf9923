#include "json/value.hpp"

#include "json/number.hpp"
#include "json/scan.hpp"
#include "json/unescape.hpp"

namespace edgemesh::json {
namespace {

/// p stands on an opening bracket; returns the position behind its partner.
const char* container_end(const char* p, const char* end) noexcept {
  std::size_t depth = 0;
  for (;;) {
    p = scan::find<scan::bracket>(p, end);
    if (p == end) return end;
    if (*p == '"') {
      p = scan::string_end(p + 1, end);
      continue;
    }
    depth = *p == '{' || *p == '[' ? depth + 1 : depth - 1;
    ++p;
    if (depth == 0) return p;
  }
}

/// p stands on the first byte of a value; returns the position behind its last one.
const char* value_end(const char* p, const char* end) noexcept {
  if (p == end) return end;
  if (*p == '"') return scan::string_end(p + 1, end);
  if (*p == '{' || *p == '[') return container_end(p, end);
  while (p != end && !scan::is(*p, scan::space) && *p != ',' && *p != '}' && *p != ']') ++p;
  return p;
}

std::string_view between(const char* from, const char* to) noexcept { return {from, static_cast<std::size_t>(to - from)}; }

/// Behind a bracket or a value: at the start of the next member or element, or at `end`.
const char* next_start(const char* p, const char* end) noexcept {
  p = scan::skip(p, end, scan::space);
  if (p != end && *p == ',') p = scan::skip(p + 1, end, scan::space);
  return p;
}

}  // namespace

value value::first_in(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  const char* const start = scan::skip(text.data(), end, scan::space);
  return value(between(start, value_end(start, end)));
}

std::optional<bool> value::boolean() const noexcept {
  if (type() != kind::boolean) return std::nullopt;
  return raw_.front() == 't';
}

std::optional<std::int64_t> value::integer() const noexcept {
  if (type() != kind::number) return std::nullopt;
  return parse_integer(raw_);
}

std::optional<double> value::number() const noexcept {
  if (type() != kind::number) return std::nullopt;
  return parse_double(raw_);
}

std::optional<std::string> value::text() const {
  if (type() != kind::string) return std::nullopt;
  return unescaped(raw_.substr(1, raw_.size() - 2));
}

std::string value::text_or(std::string_view fallback) const {
  auto found = text();
  return found ? *std::move(found) : std::string(fallback);
}

bool value::equals(std::string_view wanted) const noexcept {
  if (type() != kind::string) return false;
  const std::string_view inner = raw_.substr(1, raw_.size() - 2);
  // An escape is always longer than what it stands for, so sizes tell most answers.
  if (inner.size() < wanted.size()) return false;
  if (inner.size() == wanted.size()) return inner == wanted && inner.find('\\') == std::string_view::npos;
  if (wanted.empty() || (inner.front() != wanted.front() && inner.front() != '\\')) return false;
  return unescapes_to(inner, wanted);
}

std::size_t value::text_bytes() const noexcept {
  return type() == kind::string ? unescaped_bytes(raw_.substr(1, raw_.size() - 2)) : 0;
}

value value::operator[](std::string_view key) const noexcept {
  for (const member& m : members())
    if (m.key.equals(key)) return m.val;
  return {};
}

void value::pick(const std::string_view* names, value* found, std::size_t count) const noexcept {
  std::size_t missing = count;
  for (const member& m : members()) {
    for (std::size_t i = 0; i < count; ++i) {
      if (found[i] || !m.key.equals(names[i])) continue;
      found[i] = m.val;
      if (--missing == 0) return;
    }
  }
}

member_range value::members() const noexcept {
  member_range range;
  if (type() == kind::object) range.raw_ = raw_;
  return range;
}

element_range value::elements() const noexcept {
  element_range range;
  if (type() == kind::array) range.raw_ = raw_;
  return range;
}

std::size_t value::size() const noexcept {
  std::size_t count = 0;
  for ([[maybe_unused]] const member& m : members()) ++count;
  for ([[maybe_unused]] value v : elements()) ++count;
  return count;
}

member_range::iterator member_range::begin() const noexcept {
  iterator it;
  if (raw_.size() < 2) return it;
  it.rest_ = raw_.data() + 1;
  it.end_ = raw_.data() + raw_.size() - 1;  // the closing brace
  ++it;
  return it;
}

member_range::iterator& member_range::iterator::operator++() noexcept {
  now_ = {};
  const char* const start = next_start(rest_, end_);
  rest_ = end_;
  if (start == end_) return *this;
  const char* const key_end = scan::string_end(start + 1, end_);
  const char* p = scan::skip(key_end, end_, scan::space);
  if (p != end_) p = scan::skip(p + 1, end_, scan::space);  // the colon
  rest_ = value_end(p, end_);
  now_.key = value(between(start, key_end));
  now_.val = value(between(p, rest_));
  now_.span = between(start, rest_);
  return *this;
}

element_range::iterator element_range::begin() const noexcept {
  iterator it;
  if (raw_.size() < 2) return it;
  it.rest_ = raw_.data() + 1;
  it.end_ = raw_.data() + raw_.size() - 1;  // the closing bracket
  ++it;
  return it;
}

element_range::iterator& element_range::iterator::operator++() noexcept {
  const char* const start = next_start(rest_, end_);
  rest_ = value_end(start, end_);
  now_ = value(between(start, rest_));
  return *this;
}

}  // namespace edgemesh::json
