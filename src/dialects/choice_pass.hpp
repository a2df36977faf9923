// One choice of a stream, chunk by chunk: role once, reasons that the wire knows, one finish, strict tool calls. What is
// right already is left alone. One stream, one thread. Pure.
#pragma once
#include <cstddef>
#include <string_view>

#include "dialects/reasoning_spelling.hpp"
#include "dialects/tool_delta_pass.hpp"
#include "domain/endpoint.hpp"
#include "json/splice.hpp"

namespace edgemesh::dialects {

/// What the chunks of one event add up to.
struct chunk_effects {
  bool content = false;        ///< something non-empty: text, reasoning, refusal, tool call, log probabilities, finish
  std::size_t text_bytes = 0;  ///< of produced text
  json::value text;            ///< the one string that all this comes from; none when anything else in the event counts
};

class choice_pass {
 public:
  explicit choice_pass(std::int64_t index) noexcept : index_(index), tools_(static_cast<std::size_t>(index) * 128) {}

  struct settings {
    endpoint kind = endpoint::chat;
    openai::reasoning_key reasoning = openai::reasoning_key::reasoning_content;
    std::string_view id_stem;  ///< for ids of tool calls that have none
  };
  enum class verdict { ok, aborted, unreadable };
  /// `choice` is an object inside the splice's document.
  verdict pass(json::value choice, const settings& s, json::splice& splice, chunk_effects& effects);

  std::int64_t index() const noexcept { return index_; }
  bool finished() const noexcept { return finished_; }

 private:
  bool delta(json::value whole, const settings& s, json::splice& splice, chunk_effects& effects);
  void role(json::value whole, const json::member& role, std::vector<json::member>& gone, json::splice& splice);
  verdict finish(json::value reason, json::splice& splice, chunk_effects& effects);

  std::int64_t index_;
  bool opened_ = false;
  bool finished_ = false;
  tool_delta_pass tools_;
};

}  // namespace edgemesh::dialects
