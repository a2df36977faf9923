// Reads the stream of one chat answer: what to show, what to remember, what went wrong. Accepts any split of the bytes.
// Pure; one stream, one thread.
#pragma once
#include <string>
#include <string_view>

#include "openai/sse_parser.hpp"

namespace edgemesh::cli {

class chat_answer {
 public:
  /// Text to show for these bytes, printable. Reasoning stands in parentheses in front of the answer.
  std::string feed(std::string_view bytes);

  const std::string& text() const noexcept { return text_; }    ///< the answer without reasoning, for the next turn
  const std::string& error() const noexcept { return error_; }  ///< message of an error event, "" when none
  bool complete() const noexcept { return complete_; }          ///< `[DONE]` was seen

 private:
  std::string event(std::string_view data);
  openai::sse_parser parser_{1u << 20};
  std::string text_, error_;
  bool complete_ = false, reasoning_ = false;
};

}  // namespace edgemesh::cli
