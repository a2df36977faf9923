#include "dialects/ollama_embedding_reader.hpp"

#include <algorithm>

#include "dialects/broken_answer.hpp"
#include "dialects/error_fields.hpp"
#include "json/validate.hpp"
#include "json/writer.hpp"
#include "openai/embedding_codec.hpp"

namespace edgemesh::dialects {
namespace {

bool is_vector(json::value v) noexcept {
  if (v.type() != json::kind::array) return false;
  const auto all = v.elements();
  return all.begin() != all.end() &&
         std::ranges::all_of(all, [](json::value x) { return x.type() == json::kind::number; });
}

}  // namespace

void ollama_embedding_reader::convert(answer& out) {
  if (json::validate(body_)) {
    out.failure = garbage_answer("the backend's answer is not JSON");
    return;
  }
  const auto root = json::value::first_in(body_);
  if (is_error_document(root)) {
    out.failure = read_upstream_error(backend_kind::ollama, {200, "application/json", ""}, body_, {});
    return;
  }
  out.usage.prompt_tokens = std::max<std::int64_t>(0, root["prompt_eval_count"].integer().value_or(0));
  out.usage.source = usage_source::upstream;
  out.upstream_model = root["model"].text_or("");
  if (!append_list(root["embeddings"], out)) {
    out.out.clear();
    out.failure = garbage_answer("the backend's answer holds no embeddings");
    return;
  }
  out.content_events = 1;
  out.content = out.complete = true;
}

bool ollama_embedding_reader::append_list(json::value vectors, answer& out) const {
  json::writer writer(out.out);
  writer.begin_object().member("object", "list").key("data").begin_array();
  std::int64_t index = 0;
  for (auto vector : vectors.elements()) {
    if (!is_vector(vector)) return false;
    writer.begin_object().member("object", "embedding").member("index", index++).key("embedding");
    if (options_.wants_base64) {
      const auto text = openai::floats_to_base64(vector);
      if (!text) return false;
      writer.string(*text);
    } else {
      writer.raw(vector.raw());
    }
    writer.end_object();
  }
  if (index == 0) return false;
  writer.end_array().member("model", options_.identity.model).key("usage").begin_object();
  writer.member("prompt_tokens", out.usage.prompt_tokens).member("total_tokens", out.usage.prompt_tokens);
  writer.end_object().end_object();
  return true;
}

}  // namespace edgemesh::dialects
