// An estimate of prompt tokens without a tokenizer: text bytes / 4 (mesh.md 2.4), plus a fixed share per message,
// tool and image. Deliberately simple: corrected per model by reported usage in a later version. Pure.
#pragma once
#include <cstdint>

#include "domain/endpoint.hpp"
#include "openai/deciding_members.hpp"

namespace edgemesh::openai {

std::int64_t estimate_prompt_tokens(endpoint kind, const deciding_members& request) noexcept;
/// Tokens in a piece of produced text.
std::int64_t estimate_tokens(std::size_t text_bytes) noexcept;

}  // namespace edgemesh::openai
