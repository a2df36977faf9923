#include "dialects/ollama_line.hpp"

#include <algorithm>

#include "dialects/error_fields.hpp"
#include "dialects/sound_json.hpp"
#include "json/validate.hpp"

namespace edgemesh::dialects {

ollama_line::ollama_line(std::string_view text) : text_(text) {
  if (json::validate(text_)) {
    repaired_ = sound_json(text);
    text_ = repaired_;
    if (json::validate(text_)) return;
  }
  root_ = json::value::first_in(text_);
  said_ = root_["message"].type() == json::kind::object ? root_["message"] : root_;
}

bool ollama_line::has_error() const noexcept { return is_error_document(root_); }

std::string ollama_line::content() const {
  const auto content = said_["content"];
  return content ? content.text_or("") : said_["response"].text_or("");
}

token_usage ollama_line::usage() const noexcept {
  const auto count = [&](std::string_view name) { return std::max<std::int64_t>(0, root_[name].integer().value_or(0)); };
  token_usage usage;
  usage.prompt_tokens = count("prompt_eval_count");
  usage.completion_tokens = count("eval_count");
  usage.source = usage_source::upstream;
  return usage;
}

}  // namespace edgemesh::dialects
