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
  int index = 0;
  std::string id, name, arguments;  ///< arguments: JSON text
};

class chunk_writer {
 public:
  chunk_writer(endpoint kind, answer_identity identity, bool include_usage, reasoning_key key = reasoning_key::reasoning_content);
  void content(std::string& out, int choice, std::string_view text, std::string_view logprobs_raw = {});
  void reasoning(std::string& out, int choice, std::string_view text);
  void whole_tool_call(std::string& out, int choice, const tool_call& call);
  void finish(std::string& out, int choice, std::string_view reason);
  /// The usage chunk (if include_usage) and `data: [DONE]`.
  void done(std::string& out, const token_usage& usage);

 private:
  void open(std::string& out, int choice);  // role chunk, once per choice
  endpoint kind_;
  answer_identity identity_;
  bool include_usage_;
  reasoning_key key_;
  std::vector<bool> opened_;
};

struct whole_choice {
  std::string content, reasoning, finish_reason, logprobs_raw;
  bool has_content = true;
  std::vector<tool_call> tool_calls;
};
std::string whole_answer(endpoint kind, const answer_identity& identity, const std::vector<whole_choice>& choices,
                         const token_usage& usage, reasoning_key key = reasoning_key::reasoning_content);
void append_usage(std::string& out, const token_usage& usage);  ///< the usage object

}  // namespace edgemesh::openai
