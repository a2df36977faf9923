#include "dialects/ollama_logprobs.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace edgemesh::dialects {
namespace {

void append_token(json::writer& out, json::value token) {
  out.key("token").string(token["token"].text_or(""));
  const auto logprob = token["logprob"], bytes = token["bytes"];
  out.key("logprob").raw(logprob.type() == json::kind::number ? logprob.raw() : "null");
  out.key("bytes").raw(bytes.type() == json::kind::array ? bytes.raw() : "null");
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string ollama_logprobs::convert(json::value list) {
  if (list.elements().begin() == list.elements().end()) return {};
  return kind_ == endpoint::completions ? completion(list) : chat(list);
}

std::string ollama_logprobs::chat(json::value list) const {
  std::string text;
  json::writer out(text);
  out.begin_object().key("content").begin_array();
  for (auto token : list.elements()) {
    out.begin_object();
    append_token(out, token);
    out.key("top_logprobs").begin_array();
    for (auto other : token["top_logprobs"].elements()) {
      out.begin_object();
      append_token(out, other);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().key("refusal").null().end_object();
  return text;
}

std::string ollama_logprobs::completion(json::value list) {
  std::string tokens, values, tops, offsets;
  json::writer token_out(tokens), value_out(values), top_out(tops), offset_out(offsets);
  for (auto* out : {&token_out, &value_out, &top_out, &offset_out}) out->begin_array();
  for (auto token : list.elements()) {
    const auto text = token["token"].text_or("");
    token_out.string(text);
    value_out.raw(token["logprob"].type() == json::kind::number ? token["logprob"].raw() : "null");
    top_out.begin_object();
    for (auto other : token["top_logprobs"].elements())
      if (other["logprob"].type() == json::kind::number) top_out.key(other["token"].text_or("")).raw(other["logprob"].raw());
    top_out.end_object();
    offset_out.integer(static_cast<std::int64_t>(offset_));
    offset_ += code_points(text);
  }
  for (auto* out : {&token_out, &value_out, &top_out, &offset_out}) out->end_array();
  std::string object;
  json::writer(object).begin_object().key("tokens").raw(tokens).key("token_logprobs").raw(values).key("top_logprobs").raw(tops)
      .key("text_offset").raw(offsets).end_object();
  return object;
}

}  // namespace edgemesh::dialects
