// Ollama's names for models: `[host/][namespace/]model[:tag]`, compared without regard to case, with the defaults
// registry.ollama.ai, library and latest. Pure.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh::routing {

/// The full name in lower case: equal exactly when Ollama takes two names for the same model. `llama3`, `LLAMA3:latest` and
/// `library/llama3` agree, `llama3:8b` does not. A colon before the last slash is a port, not a tag.
std::string canonical_ollama_name(std::string_view name);

}  // namespace edgemesh::routing
