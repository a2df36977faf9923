#include "dialects/reasoning_spelling.hpp"

namespace edgemesh::dialects {
namespace {

bool has_text(const json::member& m) noexcept { return m.val.type() == json::kind::string; }

}  // namespace

json::value reasoning_members::text() const noexcept {
  return has_text(reasoning_content) ? reasoning_content.val : has_text(reasoning) ? reasoning.val : json::value();
}

void spell_reasoning(json::value object, const reasoning_members& found, openai::reasoning_key wanted,
                     std::vector<json::member>& gone, json::splice& splice) {
  const bool newer = wanted == openai::reasoning_key::reasoning;
  const json::member& right = newer ? found.reasoning : found.reasoning_content;
  const json::member& other = newer ? found.reasoning_content : found.reasoning;
  const std::string_view right_name = newer ? "reasoning" : "reasoning_content";
  if (wanted == openai::reasoning_key::both) {
    if (has_text(right) == has_text(other)) return;
    const json::member& empty = has_text(right) ? other : right;
    const std::string raw(found.text().raw());
    if (empty.key) splice.replace(empty.val, raw);
    else splice.append(object, has_text(right) ? "reasoning" : right_name, raw);
    return;
  }
  if (!has_text(other)) return;
  if (has_text(right)) {
    gone.push_back(other);
    return;
  }
  if (right.key) gone.push_back(right);  // a null beside the text
  splice.replace(other.key, '"' + std::string(right_name) + '"');
}

}  // namespace edgemesh::dialects
