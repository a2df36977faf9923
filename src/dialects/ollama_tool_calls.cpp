#include "dialects/ollama_tool_calls.hpp"

#include "json/validate.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

std::string arguments_text(json::value given) {
  if (given.absent_or_null() || given.empty_string()) return "{}";
  if (given.type() != json::kind::string) return json::compacted(given.raw());
  auto text = given.text_or("");
  return json::validate(text) ? "{}" : text;  // an older build that already wrote a string
}

}  // namespace

ollama_tool_calls::ollama_tool_calls(const std::string& answer_id, bool only_first)
    : stem_("call_" + answer_id.substr(answer_id.find('-') + 1) + "_"), only_first_(only_first) {}

std::optional<std::vector<openai::tool_call>> ollama_tool_calls::take(json::value calls) {
  std::vector<openai::tool_call> out;
  if (calls.absent_or_null()) return out;
  if (calls.type() != json::kind::array) return std::nullopt;
  for (auto call : calls.elements()) {
    const auto name = call["function"]["name"].text();
    if (!name || name->empty() || count_ == calls_max) return std::nullopt;
    if (only_first_ && count_ > 0) break;
    out.push_back({count_, unique_id(call["id"]), *name, arguments_text(call["function"]["arguments"])});
    ++count_;
  }
  return out;
}

std::string ollama_tool_calls::unique_id(json::value given) {
  auto id = given.text_or("");
  if (!id.empty() && ids_.insert(id).second) return id;
  for (int n = count_;; ++n) {
    id = stem_ + std::to_string(n);
    if (ids_.insert(id).second) return id;
  }
}

}  // namespace edgemesh::dialects
