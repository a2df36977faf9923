#include "dialects/pass_messages.hpp"

#include <algorithm>

namespace edgemesh::dialects {
namespace {

bool is_llama(backend_kind kind) noexcept { return kind == backend_kind::llamacpp || kind == backend_kind::cognis; }

/// `uuid` names a media item in the engine's cache: whoever knows a name reads or replaces another client's item.
void hide_media_names(json::value content, json::splice& splice) {
  for (json::value part : content.elements())
    for (const json::member& m : part.members())
      if (m.key.equals("uuid") && !m.val.is_null()) splice.replace(m.val, "null");
}

/// llama-server reads reasoning of earlier turns under one name only.
void spell_reasoning(json::value message, json::splice& splice) {
  json::member found;
  for (const json::member& m : message.members()) {
    if (m.key.equals("reasoning_content")) return;
    if (m.key.equals("reasoning") && m.val.type() == json::kind::string) found = m;
  }
  if (found.key) splice.replace(found.key, "\"reasoning_content\"");
}

}  // namespace

void edit_messages(backend_kind kind, const request_options& options, std::string_view body, json::value messages,
                   json::splice& splice) {
  const auto has = [body](std::string_view word) { return body.find(word) != body.npos; };
  const auto* allow = options.allow_fields;
  const bool open = allow && std::find(allow->begin(), allow->end(), "uuid") != allow->end();
  const bool escaped = has("\\u");  // a word may be spelled with escapes
  // `system` is understood by every server, `developer` by the newest; a hosted API takes the one for the other.
  const bool roles = escaped || has("\"developer\"");
  const bool names = !open && (escaped || has("\"uuid\""));
  const bool reasoning = is_llama(kind) && (escaped || has("\"reasoning\""));
  if (!roles && !names && !reasoning) return;
  for (json::value message : messages.elements()) {
    if (roles)
      if (const json::value role = message["role"]; role.equals("developer")) splice.replace(role, "\"system\"");
    if (names) hide_media_names(message["content"], splice);
    if (reasoning) spell_reasoning(message, splice);
  }
}

}  // namespace edgemesh::dialects
