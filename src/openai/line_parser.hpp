// Push parser for newline-delimited JSON: accepts any split of the bytes, LF and CRLF, a last line without line end.
// Empty lines are swallowed. One stream, one thread; memory bounded by line_bytes_max.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::openai {

class line_parser {
 public:
  /// A line without its line end may be `line_bytes_max` long.
  explicit line_parser(std::size_t line_bytes_max = 8u << 20) noexcept : line_bytes_max_(line_bytes_max) {}

  enum class status : std::uint8_t { ok, line_too_large };
  /// Calls on_line(std::string_view) for each complete line that is not empty, without its line end. The view dies when
  /// the callback returns; callbacks must not feed the same parser. Lines that lie whole inside `bytes` are not copied.
  /// After line_too_large every call says so again.
  template <class OnLine>
  status feed(std::string_view bytes, OnLine&& on_line) {
    while (take(bytes))
      if (!line_.empty()) on_line(line_);
    return status_;
  }

  /// The stream is over: what is held back is a line too.
  template <class OnLine>
  status finish(OnLine&& on_line) {
    if (take_rest()) on_line(line_);
    return status_;
  }

  /// Bytes held back because a line is not complete yet.
  std::size_t pending() const noexcept { return done_ ? 0 : pending_.size(); }

 private:
  /// Moves one line from the front of `bytes` to line_, or keeps what is left of them and returns false.
  bool take(std::string_view& bytes);
  bool take_rest();

  std::size_t line_bytes_max_;
  std::string pending_;
  std::string_view line_;
  bool done_ = false;  // pending_ holds the line of the last callback
  status status_ = status::ok;
};

}  // namespace edgemesh::openai
