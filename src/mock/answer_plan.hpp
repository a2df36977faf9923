// What a fake backend answers to one prompt, decided by rules that a test can know by heart:
// - "t0 t1 t2 …": `tokens` tokens, each with a blank after it; the finish is "length" where the request's
// limit cut it, else "stop";
// - the last user message holds `echo:TEXT`: TEXT to the message's end, a token being a word with its blank;
// - it holds "think" (and reasoning is not switched off): the reasoning "r0 r1 r2 " comes first, outside the
// limit;
// - tools are given and it holds "tool", or the tool choice demands it: one call of the first (or named) tool
// with
//   {"city":"Paris"}; not again after a tool's result unless demanded;
// - a JSON answer is asked for: the smallest object that fits the schema, a token being eight bytes;
// - a stop text cuts the answer before it.
// Pure. A plan of plain tokens costs nothing, however long.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mock/asked.hpp"

namespace edgemesh::mock {

/// The answer's text as a list of tokens: counted ("t0 ", "t1 " …) or cut from a text.
class token_text {
 public:
  using scratch = std::array<char, 16>;

  static token_text counted(std::size_t count, char letter = 't') { return token_text(count, letter); }
  /// Cut after each blank.
  static token_text words(std::string text);
  /// Cut every eight bytes, at UTF-8 boundaries.
  static token_text bytes(std::string text);

  std::size_t size() const noexcept { return letter_ ? count_ : ends_.size(); }
  /// Token k, k < size(); may point into `room`.
  std::string_view at(std::size_t k, scratch& room) const noexcept;
  std::string all() const;
  void shorten(std::size_t count);  ///< keeps the first `count` tokens
  /// Cuts before the earliest stop text; true when one was found.
  bool stop_before(const std::vector<std::string>& stops);

 private:
  token_text(std::size_t count, char letter) : count_(count), letter_(letter) {}
  explicit token_text(std::string text) : text_(std::move(text)) {}

  std::size_t count_ = 0;
  char letter_ = 0;  ///< 0: text_ and ends_ count
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

struct answer_plan {
  token_text reasoning = token_text::counted(0);
  token_text content = token_text::counted(0);
  std::string tool;                  ///< name of the tool to call; then there is no content
  std::string_view finish = "stop";  ///< stop | length | tool_calls
  int prompt_tokens = 1;

  static constexpr std::string_view tool_arguments = R"({"city":"Paris"})";
  static constexpr std::size_t tool_tokens = 3;  ///< name, first and second half of the arguments

  std::size_t tokens() const noexcept {
    return reasoning.size() + (tool.empty() ? content.size() : tool_tokens);
  }
};

/// `tokens`: the backend's own length of an answer.
answer_plan plan_answer(const asked& request, const asked_prompt& prompt, int tokens);

}  // namespace edgemesh::mock
