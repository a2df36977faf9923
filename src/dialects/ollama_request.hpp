// An OpenAI request in Ollama's words (backends.md B.2 to B.5, F.1): chat to /api/chat, completions to /api/generate,
// embeddings to /api/embed. Only named fields are taken over, so nothing that steers the engine slips through. Pure.
//
// Refused with `unsupported_parameter`, because another kind of backend may do it: n and best_of over 1, echo,
// tool_choice "required", media that Ollama would have to fetch, token ids, several prompts in one completion.
#pragma once
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

openai::api_result<upstream_request> ollama_request(const openai::client_request& client, const request_options& options);

/// True when the backend's configuration opens this engine field to clients.
bool is_allowed(const request_options& options, std::string_view field) noexcept;

}  // namespace edgemesh::dialects
