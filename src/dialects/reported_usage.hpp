// Usage as the OpenAI family reports it, read and written. Pure.
#pragma once
#include <optional>
#include <string>

#include "dialects/dialect.hpp"
#include "domain/token_usage.hpp"
#include "json/value.hpp"

namespace edgemesh::dialects {

/// nullopt when `usage` is no object or counts nothing (some servers put zeros into each chunk). `timings` is
/// llama-server's, asked for cached tokens when usage has none; may be absent. Negative counts are 0.
std::optional<token_usage> read_usage(json::value usage, json::value timings = {});
/// The object can be passed on: it has prompt_tokens and total_tokens, and completion_tokens where an answer has some.
bool is_whole_usage(json::value usage, bool has_completion) noexcept;

/// Fills `out.usage` from what was produced when the backend has reported none.
void estimate_usage(const answer_options& options, answer& out) noexcept;

}  // namespace edgemesh::dialects
