#include "dialects/ollama_whole_reader.hpp"

#include "dialects/broken_answer.hpp"
#include "dialects/ollama_line.hpp"
#include "dialects/ollama_logprobs.hpp"
#include "dialects/ollama_tool_calls.hpp"
#include "openai/chunk_writer.hpp"

namespace edgemesh::dialects {

void ollama_whole_reader::convert(answer& out) {
  const ollama_line whole(body_);
  if (!whole.is_object()) {
    out.failure = garbage_answer("the backend's answer is not a JSON object");
    return;
  }
  if (whole.has_error()) {
    out.failure = read_upstream_error(backend_kind::ollama, {200, "application/json", ""}, whole.bytes(), {});
    return;
  }
  ollama_tool_calls calls(options_.identity.id, options_.one_tool_call);
  auto taken = calls.take(options_.kind == endpoint::chat ? whole.tool_calls() : json::value());
  if (!taken || !whole.is_part()) {
    out.failure = garbage_answer("the backend's answer is not an Ollama answer");
    return;
  }
  if (!whole.is_done()) {  // Ollama's guard against repetition and a dead runner end like this
    out.failure = aborted_answer();
    return;
  }
  openai::whole_choice choice;
  choice.content = whole.content();
  if (options_.kind == endpoint::chat) choice.reasoning = whole.thinking();
  choice.logprobs_raw = ollama_logprobs(options_.kind).convert(whole.logprobs());
  choice.tool_calls = std::move(*taken);
  choice.has_content = choice.tool_calls.empty() || !choice.content.empty();
  choice.finish_reason = calls.any() ? "tool_calls" : whole.finish_reason();
  out.usage = whole.usage();
  out.upstream_model = whole.model();
  out.text_bytes = choice.content.size() + choice.reasoning.size();
  for (const auto& call : choice.tool_calls) out.text_bytes += call.name.size() + call.arguments.size();
  out.out += openai::whole_answer(options_.kind, options_.identity, {std::move(choice)}, out.usage, options_.reasoning);
  out.content_events = 1;
  out.content = out.complete = true;
}

}  // namespace edgemesh::dialects
