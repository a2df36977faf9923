#include "openai/token_cap.hpp"

#include <string>

#include "json/splice.hpp"

namespace edgemesh::openai {

void cap_tokens(client_request& request, std::int64_t cap) {
  if (request.kind == endpoint::embeddings || (request.facts.max_tokens && *request.facts.max_tokens <= cap)) return;
  const std::string limit = std::to_string(cap);
  const json::value root = request.root();
  json::splice edits(request.body);
  bool is_said = false;
  for (const json::member& m : root.members()) {
    const auto name = m.key.text_or("");
    if (name != "max_tokens" && name != "max_completion_tokens") continue;
    is_said = true;
    edits.replace(m.val, limit);
  }
  if (!is_said) edits.append(root, "max_tokens", limit);
  request.body = edits.apply();
  request.facts.max_tokens = cap;
}

}  // namespace edgemesh::openai
