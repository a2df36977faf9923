// The two names of reasoning text, `reasoning` and `reasoning_content`, brought to the wanted one. Pure.
#pragma once
#include <vector>

#include "json/splice.hpp"
#include "openai/chunk_writer.hpp"

namespace edgemesh::dialects {

/// The members of one message or delta that may hold reasoning; key is none where there is no such member.
struct reasoning_members {
  json::member reasoning, reasoning_content;
  /// The text, whichever member has it; none when both are absent, null or no strings.
  json::value text() const noexcept;
};

/// Edits for the wanted spelling. Members to take out are added to `gone`, which the caller removes from `object`.
/// A text under both names is kept once (or twice for reasoning_key::both), the wanted name's own text first.
void spell_reasoning(json::value object, const reasoning_members& found, openai::reasoning_key wanted,
                     std::vector<json::member>& gone, json::splice& splice);

}  // namespace edgemesh::dialects
