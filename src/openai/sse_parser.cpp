#include "openai/sse_parser.hpp"

#include <algorithm>

#include "base/release.hpp"
#include "openai/line_end.hpp"

namespace edgemesh::openai {
namespace {

// A buffer that a large event left behind is given back: thousands of streams live at once.
constexpr std::size_t kept_capacity = 16u << 10;

void clear(std::string& buffer) {
  if (buffer.capacity() > kept_capacity) release(buffer);
  else buffer.clear();
}

}  // namespace

void sse_parser::begin(std::string_view bytes) {
  held_ = pending_.size();
  if (held_ == 0) {
    read_in_place(bytes);
    return;
  }
  bytes_ = behind_split_line_end(bytes);
  pending_.append(bytes_.substr(0, event_bytes_max_ + 1 - held_));
  window_ = pending_;
}

void sse_parser::read_in_place(std::string_view bytes) noexcept {
  bytes_ = window_ = behind_split_line_end(bytes);
}

std::string_view sse_parser::behind_split_line_end(std::string_view bytes) noexcept {
  if (skip_lf_ && !bytes.empty()) {
    skip_lf_ = false;
    if (bytes.front() == '\n') bytes.remove_prefix(1);
  }
  return bytes;
}

sse_parser::found sse_parser::next() {
  if (too_large_) return found::too_large;
  forget(std::exchange(forgotten_, 0));
  if (is_canonical_event()) return found::event;
  for (;;) {
    const char* const base = window_.data();
    const char* const end = base + window_.size();
    const char* const line_end = find_line_end(base + at_.scanned, end);
    if (line_end == end) return end_of_bytes();
    const stretch text{at_.line, static_cast<std::size_t>(line_end - base) - at_.line};
    std::size_t next_line = text.offset + text.size + 1;
    if (*line_end == '\r') {
      if (line_end + 1 == end) skip_lf_ = true;
      else if (line_end[1] == '\n') ++next_line;
    }
    const found what = line(text, next_line);
    if (what != found::end_of_bytes) return what;
    forget(std::exchange(forgotten_, 0));
  }
}

/// Nearly every event of a stream is `data: X\n\n`, whole in the window: then one search for the line's end reads it.
bool sse_parser::is_canonical_event() noexcept {
  if (first_line_ || at_.scanned != 0 || !window_.starts_with("data: ")) return false;
  const char* const text = window_.data() + 6;
  const char* const end = window_.data() + window_.size();
  const char* const line_end = find_line_end(text, end);
  if (line_end == text || end - line_end < 2 || line_end[0] != '\n' || line_end[1] != '\n') return false;
  const auto event_bytes = static_cast<std::size_t>(line_end + 2 - window_.data());
  if (event_bytes > event_bytes_max_) return false;
  event_ = {{}, window_.substr(6, event_bytes - 8), window_.substr(0, event_bytes)};
  forgotten_ = event_bytes;
  return true;
}

sse_parser::found sse_parser::end_of_bytes() {
  if (window_.size() > event_bytes_max_) {
    too_large_ = true;
    release(pending_);
    return found::too_large;
  }
  at_.scanned = window_.size();
  if (pending_.empty()) pending_.assign(window_);
  return found::end_of_bytes;
}

/// One finished line; end_of_bytes means that there is nothing to tell yet.
sse_parser::found sse_parser::line(stretch text, std::size_t next_line) {
  at_.line = at_.scanned = next_line;
  if (std::exchange(first_line_, false) && view(text).starts_with("\xEF\xBB\xBF")) {
    text.offset += 3;
    text.size -= 3;
  }
  if (text.size == 0) return dispatch(next_line);
  const bool is_comment = view(text).front() == ':';
  if (is_comment) comment_ = view(text).substr(1);
  else field(text);
  // What stands before the first line that counts is no part of the event.
  if (at_.data_lines == 0 && at_.name.size == 0) forgotten_ = next_line;
  return is_comment ? found::comment : found::end_of_bytes;
}

void sse_parser::field(stretch text) {
  const std::string_view whole = view(text);
  const std::size_t colon = whole.find(':');
  const std::string_view key = whole.substr(0, colon);
  stretch value{text.offset + text.size, 0};
  if (colon != std::string_view::npos) {
    const std::size_t skipped = colon + 1 + (whole.substr(colon + 1).starts_with(' ') ? 1 : 0);
    value = {text.offset + skipped, text.size - skipped};
  }
  if (key == "event") at_.name = value;
  if (key != "data") return;
  if (at_.data_lines == 0) {
    at_.data = value;
  } else {
    if (at_.data_lines == 1) joined_ = view(at_.data);
    joined_ += '\n';
    joined_ += view(value);
  }
  ++at_.data_lines;
}

sse_parser::found sse_parser::dispatch(std::size_t event_bytes) {
  if (event_bytes > event_bytes_max_) {
    too_large_ = true;
    return found::too_large;
  }
  forgotten_ = event_bytes;
  event_ = {view(at_.name), at_.data_lines > 1 ? std::string_view(joined_) : view(at_.data), {}};
  if (event_.data.empty() && event_.name.empty()) return found::end_of_bytes;
  const std::string_view raw = window_.substr(0, event_bytes);
  // With that length and one data line there is room for two line ends of one byte and for nothing else.
  if (at_.data_lines == 1 && at_.name.size == 0 && raw.size() == event_.data.size() + 8 && raw.starts_with("data: ") &&
      raw.ends_with("\n\n"))
    event_.raw = raw;
  return found::event;
}

/// Moves the window behind its first bytes. They end in this feed()'s bytes, because line ends are searched in new
/// bytes only; so what is left of a window over pending_ is a tail of bytes_.
void sse_parser::forget(std::size_t window_bytes) {
  if (window_bytes == 0) return;
  at_ = {};
  event_ = {};
  clear(joined_);
  if (pending_.empty()) {
    read_in_place(window_.substr(window_bytes));
    return;
  }
  read_in_place(bytes_.substr(window_bytes - held_));
  clear(pending_);
}

}  // namespace edgemesh::openai
