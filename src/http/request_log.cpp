#include "http/request_log.hpp"

#include "base/timestamp.hpp"
#include "json/writer.hpp"

namespace edgemesh::http {
namespace {

void add_mark(json::writer& w, const char* name, std::int64_t us) {
  w.key(name);
  if (us < 0) w.null();
  else w.thousandths(us);
}

void add_marks(json::writer& w, const phase_marks& m) {
  w.key("ms").begin_object();
  add_mark(w, "read", m.read);
  add_mark(w, "queue", m.queue);
  add_mark(w, "connect", m.connect);
  add_mark(w, "first_byte", m.first_byte);
  add_mark(w, "first_content", m.first_content);
  add_mark(w, "last", m.last);
  w.end_object();
}

void add_attempts(json::writer& w, const std::vector<attempt_record>& attempts) {
  w.key("attempts").begin_array();
  for (const auto& a : attempts) {
    w.begin_object().member("backend", a.backend).member("cause", name_of(a.cause)).member("status", a.status);
    w.key("ms").thousandths(a.duration.count()).end_object();
  }
  w.end_array();
}

void add_tokens(json::writer& w, const token_usage& u) {
  w.key("tokens").begin_object();
  w.member("prompt", u.prompt_tokens).member("completion", u.completion_tokens);
  w.member("cached", u.cached_tokens).member("reasoning", u.reasoning_tokens);
  w.member("source", name_of(u.source)).end_object();
}

void add_code(json::writer& w, const std::string& code) {
  w.key("error");
  if (code.empty()) w.null();
  else w.string(code);
}

}  // namespace

void append_request_json(std::string& out, const request_record& r) {
  out.reserve(out.size() + 640);
  json::writer w(out);
  w.begin_object().member("ts", timestamp(r.started)).member("id", r.id).member("route", r.route).member("model", r.model);
  w.member("backend", r.backend).member("upstream_model", r.upstream_model).member("status", r.status);
  w.member("stream", r.stream).member("data_class", r.data_class);
  add_code(w, r.error_code);
  if (!r.key.empty()) w.member("key", r.key);
  if (!r.charge_id.empty()) w.member("charge_id", r.charge_id);
  if (!r.peer.empty()) w.member("peer", r.peer);
  if (r.hops > 0) w.member("hops", r.hops);
  add_attempts(w, r.attempts);
  w.member("bytes_in", r.bytes_in).member("bytes_out", r.bytes_out);
  add_tokens(w, r.usage);
  add_marks(w, r.marks);
  w.member("overhead_us", r.overhead_us).end_object();
}

}  // namespace edgemesh::http
