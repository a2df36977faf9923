// One JSON object of an Ollama answer: a line of the stream, or the whole body without streaming (backends.md B.2,
// B.3). Reads /api/chat and /api/generate alike. Owned by the reader for one line.
#pragma once
#include <string>
#include <string_view>

#include "domain/token_usage.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

class ollama_line {
 public:
  /// Invalid UTF-8 and lone surrogates become U+FFFD first. `text` must outlive the line.
  explicit ollama_line(std::string_view text);
  ollama_line(const ollama_line&) = delete;
  ollama_line& operator=(const ollama_line&) = delete;

  bool is_object() const noexcept { return root_.type() == json::kind::object; }  ///< false: garbage
  std::string_view bytes() const noexcept { return text_; }                       ///< as repaired
  bool has_error() const noexcept;  ///< it is an error, not a part of the answer
  std::string model() const { return root_["model"].text_or(""); }
  std::string content() const;
  std::string thinking() const { return said_["thinking"].text_or(""); }
  json::value tool_calls() const noexcept { return said_["tool_calls"]; }
  json::value logprobs() const noexcept { return root_["logprobs"]; }
  bool is_part() const noexcept { return root_["done"].boolean().has_value(); }   ///< of an answer; each says whether it is the last
  bool is_done() const noexcept { return root_["done"].boolean().value_or(false); }
  /// "length" or "stop": `load`, `unload`, "" and unknown reasons are a stop. Tool calls are the reader's to know.
  std::string_view finish_reason() const noexcept { return root_["done_reason"].equals("length") ? "length" : "stop"; }
  /// Counts that Ollama leaves out are zero.
  token_usage usage() const noexcept;

 private:
  std::string repaired_;
  std::string_view text_;
  json::value root_, said_;  // said_: `message` of a chat, the root of a generation
};

}  // namespace edgemesh::dialects
