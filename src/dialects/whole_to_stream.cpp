#include "dialects/whole_to_stream.hpp"

#include "json/value.hpp"

namespace edgemesh::dialects {
namespace {

std::string_view raw_or_none(json::value v) noexcept { return v.absent_or_null() ? std::string_view() : v.raw(); }

void append_calls(openai::chunk_writer& writer, std::string& out, int choice, json::value calls) {
  int index = 0;
  for (json::value call : calls.elements()) {
    const json::value function = call["function"];
    writer.whole_tool_call(out, choice, {index++, call["id"].text_or(""), function["name"].text_or(""), function["arguments"].text_or("{}")});
  }
}

}  // namespace

void stream_of_whole(const answer_options& options, answer whole, answer& out) {
  const json::value root = json::value::first_in(whole.out);
  openai::answer_identity identity = options.identity;
  identity.id = root["id"].text_or(identity.id);
  openai::chunk_writer writer(options.kind, std::move(identity), options.include_usage, options.reasoning);
  int position = 0;
  for (json::value choice : root["choices"].elements()) {
    const int index = static_cast<int>(choice["index"].integer().value_or(position++) & 127);
    const json::value message = choice["message"];
    const json::value reasoning = message["reasoning_content"].type() == json::kind::string ? message["reasoning_content"] : message["reasoning"];
    if (auto text = reasoning.text(); text && !text->empty()) writer.reasoning(out.out, index, *text);
    const auto text = options.kind == endpoint::completions ? choice["text"].text() : message["content"].text();
    const std::string_view logprobs = raw_or_none(choice["logprobs"]);
    if (text && (!text->empty() || !logprobs.empty())) writer.content(out.out, index, *text, logprobs);
    append_calls(writer, out.out, index, message["tool_calls"]);
    writer.finish(out.out, index, choice["finish_reason"].text_or("stop"));
  }
  writer.done(out.out, whole.usage);
  whole.out = std::move(out.out);
  out = std::move(whole);
}

}  // namespace edgemesh::dialects
