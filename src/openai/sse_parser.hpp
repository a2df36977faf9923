// Push parser for text/event-stream: accepts any split of the bytes, LF, CR and CRLF, a BOM, `data:` with or without
// space, multi-line data (joined with \n), comments. One stream, one thread; memory bounded by event_bytes_max.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace edgemesh::openai {

struct sse_event {
  std::string_view name;  ///< the `event:` field, "" when absent
  std::string_view data;  ///< joined data lines; empty when there were none
  std::string_view raw;   ///< exactly the bytes of a canonical event `data: X\n\n` (one data line, LF, nothing else),
                          ///< so that they can be passed on as they are; empty otherwise
};

class sse_parser {
 public:
  /// An event's bytes, line ends included, may be `event_bytes_max` together. Must be > 0.
  explicit sse_parser(std::size_t event_bytes_max = 8u << 20) noexcept : event_bytes_max_(event_bytes_max) {}

  enum class status { ok, event_too_large };
  /// Calls on_event(const sse_event&) for each complete event that has data or a name, and on_comment(std::string_view
  /// text behind the colon) for each comment line; on_comment may be nullptr. Other fields and empty events are
  /// swallowed. Views die when the callback returns; callbacks must not feed the same parser. Events that lie whole
  /// inside `bytes` are not copied. After event_too_large every call says so again.
  template <class OnEvent, class OnComment>
  status feed(std::string_view bytes, OnEvent&& on_event, OnComment&& on_comment) {
    begin(bytes);
    for (;;) switch (next()) {
        case found::event: on_event(std::as_const(event_)); break;
        case found::comment:
          if constexpr (!std::is_null_pointer_v<std::remove_cvref_t<OnComment>>) on_comment(comment_);
          break;
        case found::end_of_bytes: return status::ok;
        case found::too_large: return status::event_too_large;
      }
  }

  /// Bytes held back because an event is not complete yet.
  std::size_t pending() const noexcept { return pending_.size(); }

 private:
  enum class found : std::uint8_t { event, comment, end_of_bytes, too_large };
  /// A stretch of the window.
  struct stretch {
    std::size_t offset = 0, size = 0;
  };
  /// What the finished lines of the event in progress said.
  struct progress {
    std::size_t line = 0;     ///< where the unfinished line starts
    std::size_t scanned = 0;  ///< no line end between line and here
    std::size_t data_lines = 0;
    stretch data, name;       ///< data: of the first data line
  };

  void begin(std::string_view bytes);
  found next();
  bool is_canonical_event() noexcept;
  found end_of_bytes();
  found line(stretch text, std::size_t next_line);
  void field(stretch text);
  found dispatch(std::size_t event_bytes);
  void forget(std::size_t window_bytes);
  void read_in_place(std::string_view bytes) noexcept;
  std::string_view behind_split_line_end(std::string_view bytes) noexcept;
  std::string_view view(stretch s) const noexcept { return window_.substr(s.offset, s.size); }

  std::size_t event_bytes_max_;
  std::string pending_;       // the event in progress, when it began in an earlier feed()
  std::string joined_;        // data of an event with several data lines
  std::string_view bytes_;    // of this feed()
  std::string_view window_;   // from the start of the event in progress: pending_, or a tail of bytes_
  std::size_t held_ = 0;      // bytes of pending_ from before this feed()
  std::size_t forgotten_ = 0; // bytes of the window that the last callback still looked at
  progress at_;
  sse_event event_;
  std::string_view comment_;
  bool first_line_ = true;
  bool skip_lf_ = false;      // the last byte was a CR: an LF right behind it belongs to it
  bool too_large_ = false;
};

}  // namespace edgemesh::openai
