// Writes the client's side of an answer for dialects that are converted: SSE frames of chat.completion.chunk and
// text_completion, and whole JSON answers. Enforces the invariant of backends.md F.2: role chunk once, deltas, finish
// once, [usage], [DONE]. id, created and model are constant. One answer, one thread. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/endpoint.hpp"
#include "domain/token_usage.hpp"

namespace edgemesh::openai {

struct answer_identity {
  std::string id;          ///< "chatcmpl-…" or "cmpl-…"
  std::int64_t created = 0;
  std::string model;       ///< what the client asked for
};

enum class reasoning_key : std::uint8_t { reasoning_content, reasoning, both };

struct tool_call {
  int index = 0;  ///< as the backend counted; answers count for themselves
  std::string id = {}, name = {}, arguments = {};  ///< arguments: JSON text
};

/// Appends frames to `out`. Choices outside of 0..127 are dropped, as is everything for a choice behind its finish.
/// Texts are UTF-8 cut at code points.
class chunk_writer {
 public:
  /// `kind` is chat or completions.
  chunk_writer(endpoint kind, answer_identity identity, bool include_usage, reasoning_key key = reasoning_key::reasoning_content);
  /// Nothing is written for an empty text without logprobs. `logprobs_raw` is JSON.
  void content(std::string& out, int choice, std::string_view text, std::string_view logprobs_raw = {});
  /// Completions have no place for it: dropped there.
  void reasoning(std::string& out, int choice, std::string_view text);
  /// One delta with id, name and all arguments. The index is counted here per choice, from 0; an empty id is
  /// replaced by one that is unique within the answer. Dropped for completions.
  void whole_tool_call(std::string& out, int choice, const tool_call& call);
  /// The first one of a choice counts. `reason` is one of stop, length, tool_calls, content_filter, function_call.
  void finish(std::string& out, int choice, std::string_view reason);
  /// The usage chunk (if include_usage) and `data: [DONE]`, once. False, and nothing is written, when no choice has
  /// finished or one that was begun has not: such an answer is truncated and must end with an error event.
  bool done(std::string& out, const token_usage& usage);
  /// Tool calls written for a choice so far: decides between "stop" and "tool_calls".
  int tool_calls(int choice) const noexcept;

 private:
  struct choice_state {
    bool opened = false, finished = false;
    int tool_calls = 0;
  };
  /// The state of a choice that may still be written to, else null.
  choice_state* writable(int choice);
  void open(std::string& out, int choice, choice_state& state);
  void frame(std::string& out, int choice, std::string_view delta, std::string_view logprobs_raw, std::string_view finish_reason) const;

  endpoint kind_;
  answer_identity identity_;
  bool include_usage_;
  reasoning_key key_;
  bool done_ = false;
  std::string head_;  // of every frame, up to the value of "choices"
  std::vector<choice_state> choices_;
};

struct whole_choice {
  std::string content = {}, reasoning = {}, finish_reason = {}, logprobs_raw = {};
  bool has_content = true;
  std::vector<tool_call> tool_calls = {};
};
/// The body of an answer that is not streamed. `content` is null when has_content is false, or when it is empty beside
/// tool calls; a tool call without id gets one.
std::string whole_answer(endpoint kind, const answer_identity& identity, const std::vector<whole_choice>& choices,
                         const token_usage& usage, reasoning_key key = reasoning_key::reasoning_content);
void append_usage(std::string& out, const token_usage& usage);  ///< the usage object

}  // namespace edgemesh::openai
