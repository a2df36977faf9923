// Push parser for text/event-stream: accepts any split of the bytes, LF, CR and CRLF, a BOM, `data:` with or without
// space, multi-line data (joined with \n), comments. One stream, one thread; memory bounded by event_bytes_max.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace edgemesh::openai {

struct sse_event {
  std::string_view name;  ///< the `event:` field, "" when absent
  std::string_view data;  ///< joined data lines; empty when there were none
  std::string_view raw;   ///< exactly the bytes of a canonical event `data: X\n\n` (one data line, LF, nothing else),
                          ///< so that they can be passed on as they are; empty otherwise
};

class sse_parser {
 public:
  explicit sse_parser(std::size_t event_bytes_max = 8u << 20) : event_bytes_max_(event_bytes_max) {}

  enum class status { ok, event_too_large };
  /// Calls on_event for each complete event that has data or a name, on_comment for each comment line (may be null).
  /// Views die when feed() returns. Fast path: events that lie whole inside `bytes` are not copied.
  template <class OnEvent, class OnComment>
  status feed(std::string_view bytes, OnEvent&& on_event, OnComment&& on_comment);
  // The owner of this file decides whether feed stays a template over a non-template core or takes function_ref.

  /// Bytes held back because an event is not complete yet.
  std::size_t pending() const noexcept { return pending_.size(); }

 private:
  std::size_t event_bytes_max_;
  std::string pending_;
};

}  // namespace edgemesh::openai
