#include "dialects/stream_reader.hpp"

#include "base/ascii.hpp"
#include "dialects/broken_answer.hpp"
#include "dialects/reported_usage.hpp"
#include "dialects/sound_json.hpp"
#include "dialects/whole_reader.hpp"
#include "dialects/whole_to_stream.hpp"
#include "json/validate.hpp"

namespace edgemesh::dialects {
namespace {

bool is_foreign_name(std::string_view name) noexcept { return !name.empty() && name != "message" && name != "error"; }

}  // namespace

stream_reader::stream_reader(backend_kind kind, answer_options options)
    : kind_(kind), options_(std::move(options)), parser_(options_.event_bytes_max), pass_(options_) {}

void stream_reader::head(const upstream_head& head) { failing_.begin(head); }

void stream_reader::feed(std::string_view bytes, answer& out) {
  if (is_over(out)) return;
  if (failing_.is_failing()) return failing_.add(bytes);
  if (form_ == form::unknown) bytes = sniff(bytes);
  switch (form_) {
    case form::unknown: return;
    case form::events: return feed_events(bytes, out);
    case form::document: return document_->feed(bytes, out);
    case form::page: return fail(garbage_answer("the backend answered with a web page"), out);
  }
}

std::string_view stream_reader::sniff(std::string_view bytes) {
  // Blank lines and a byte order mark before the first field mean nothing in an event stream.
  const std::size_t start = bytes.find_first_not_of("\r\n\t \xEF\xBB\xBF");
  if (start == bytes.npos) return {};
  bytes.remove_prefix(start);
  const char first = bytes.front();
  form_ = first == '<' ? form::page : first == '{' || first == '[' || first == '"' ? form::document : form::events;
  if (form_ == form::document) {
    document_ = std::make_unique<whole_reader>(kind_, options_);
    document_->head({200, "application/json", ""});
  }
  return bytes;
}

void stream_reader::feed_events(std::string_view bytes, answer& out) {
  const auto status = parser_.feed(
      bytes, [&](const openai::sse_event& e) { event(e, out); }, [&](std::string_view) { ++out.events; });
  if (status == openai::sse_parser::status::event_too_large) fail(oversize_answer(), out);
}

void stream_reader::event(const openai::sse_event& e, answer& out) {
  if (is_over(out)) return;
  ++out.events;
  const std::string_view data = ascii::trim(e.data);
  if (data.empty()) return;
  if (data.starts_with("[DONE]")) {
    if (pass_.has_finished()) pass_.done(out);
    else fail(unfinished_answer(out.content, true), out);
    return;
  }
  if (e.name.empty() && !split_.is_waiting() && pass_.repeat(data, out)) return;
  if (e.name == "error") return fail(read_upstream_error(kind_, {200, "", ""}, data, {}), out);
  if (!json::validate(data)) {
    if (split_.is_waiting()) split_.passed(data);
    return chunk(e, data, e.raw, out);
  }
  const std::string sound = sound_json(split_.joined(data));
  if (!json::validate(sound)) return chunk(e, sound, {}, out);
  if (!is_foreign_name(e.name)) fail(garbage_answer(), out);
}

void stream_reader::chunk(const openai::sse_event& e, std::string_view data, std::string_view raw, answer& out) {
  switch (pass_.event(data, raw, out)) {
    case chunk_pass::verdict::ok: return;
    case chunk_pass::verdict::error: return fail(read_upstream_error(kind_, {200, "", ""}, data, {}), out);
    case chunk_pass::verdict::aborted: return fail(aborted_answer(), out);
    case chunk_pass::verdict::unreadable:
      if (!is_foreign_name(e.name)) fail(garbage_answer(), out);
  }
}

void stream_reader::end(bool clean, wall_time now, answer& out) {
  if (is_over(out)) return;
  if (failing_.is_failing()) return fail(failing_.failure(kind_, now), out);
  if (form_ == form::unknown) return fail(clean ? empty_answer() : unfinished_answer(false, false), out);
  if (form_ == form::events) return end_events(clean, out);
  answer whole;
  document_->end(clean, now, whole);
  if (whole.failure) return fail(*std::move(whole.failure), out);
  stream_of_whole(options_, std::move(whole), out);
}

void stream_reader::end_events(bool clean, answer& out) {
  if (clean && parser_.pending() > 0) {
    // The last event's blank line may be missing. What it holds counts only if it is whole.
    answer last = out;
    feed_events("\n\n", last);
    if (!last.failure) out = std::move(last);
    if (is_over(out)) return;
  }
  if (clean ? pass_.has_finished() : pass_.has_all()) return pass_.done(out);
  if (clean && out.events == 0) return fail(empty_answer(), out);
  fail(unfinished_answer(out.content, clean), out);
}

void stream_reader::fail(attempt_failure failure, answer& out) {
  if (out.failure) return;
  out.failure = std::move(failure);
  if (out.content) estimate_usage(options_, out);
}

}  // namespace edgemesh::dialects
