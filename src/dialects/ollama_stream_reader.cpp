#include "dialects/ollama_stream_reader.hpp"

#include "dialects/broken_answer.hpp"

namespace edgemesh::dialects {

ollama_stream_reader::ollama_stream_reader(answer_options options)
    : options_(std::move(options)),
      lines_(options_.event_bytes_max),
      writer_(options_.kind, options_.identity, options_.include_usage, options_.reasoning),
      calls_(options_.identity.id, options_.one_tool_call),
      logprobs_(options_.kind) {}

void ollama_stream_reader::feed(std::string_view bytes, answer& out) {
  if (failing_.is_failing()) return failing_.add(bytes);
  const auto status = lines_.feed(bytes, [&](std::string_view text) { line(text, out); });
  if (status != openai::line_parser::status::ok && !out.failure && !out.complete)
    out.failure = oversize_answer();
}

void ollama_stream_reader::end(bool clean, wall_time now, answer& out) {
  if (out.failure || out.complete) return;
  if (failing_.is_failing()) {
    out.failure = failing_.failure(backend_kind::ollama, now);
    return;
  }
  const bool silent = out.events == 0 && lines_.pending() == 0;
  lines_.finish([&](std::string_view text) { rest(text, clean, out); });
  if (out.failure || out.complete) return;
  out.failure = clean && silent ? empty_answer() : unfinished_answer(out.content, clean);
}

// What stands behind the last line end: a whole line of a server that leaves the end out, else the stump of one.
void ollama_stream_reader::rest(std::string_view text, bool clean, answer& out) {
  const bool is_stump = !ollama_line(text).is_object();
  if (is_stump && (!clean || out.events > 0)) return;
  line(text, out);
}

void ollama_stream_reader::line(std::string_view text, answer& out) {
  if (out.failure || out.complete) return;
  ++out.events;
  const ollama_line parsed(text);
  if (!parsed.is_object()) {
    out.failure = garbage_answer("the backend sent a line that is not a JSON object");
    return;
  }
  if (parsed.has_error()) {
    out.failure = read_upstream_error(backend_kind::ollama, {200, "application/x-ndjson", ""}, parsed.bytes(), {});
    return;
  }
  if (out.upstream_model.empty()) out.upstream_model = parsed.model();
  said(parsed, out);
  if (parsed.is_done() && !out.failure) finished(parsed, out);
}

void ollama_stream_reader::said(const ollama_line& line, answer& out) {
  const auto thought = options_.kind == endpoint::chat ? line.thinking() : std::string();
  const auto text = line.content();
  const auto logprobs = logprobs_.convert(line.logprobs());
  const auto calls = calls_.take(options_.kind == endpoint::chat ? line.tool_calls() : json::value());
  if (!calls) {
    out.failure = garbage_answer("the backend sent malformed tool calls");
    return;
  }
  if (!thought.empty()) writer_.reasoning(out.out, 0, thought);
  if (!text.empty() || !logprobs.empty()) writer_.content(out.out, 0, text, logprobs);
  for (const auto& call : *calls) {
    writer_.whole_tool_call(out.out, 0, call);
    out.text_bytes += call.name.size() + call.arguments.size();
  }
  out.text_bytes += thought.size() + text.size();
  if (thought.empty() && text.empty() && logprobs.empty() && calls->empty()) return;
  ++out.content_events;
  out.content = true;
}

void ollama_stream_reader::finished(const ollama_line& line, answer& out) {
  writer_.finish(out.out, 0, calls_.any() ? "tool_calls" : line.finish_reason());
  out.usage = line.usage();
  writer_.done(out.out, out.usage);
  out.content = true;
  out.complete = true;
}

}  // namespace edgemesh::dialects
