#include "actors/admin/explain_page.hpp"

#include "admission/effective_class.hpp"
#include "json/writer.hpp"
#include "openai/client_request.hpp"
#include "routing/constraints.hpp"
#include "routing/decide.hpp"

namespace edgemesh::actors {

namespace {

http::admin_answer refused(const openai::api_error& e) { return {e.status, e.body()}; }

/// Who holds the connection and how far that is: one backend is listed once for each way to it.
void append_way(json::writer& w, const routing::candidate& c) {
  w.member("node", routing::node_of(c.path, *c.backend));
  w.member("via", c.path == nullptr ? std::string_view{} : std::string_view(c.path->via));
  w.member("hops", c.path == nullptr ? 0 : c.path->hops);
}

void append_verdict(json::writer& w, const routing::verdict& v) {
  const auto& row = *v.who.backend;
  w.begin_object().member("backend", row.name);
  append_way(w, v.who);
  w.member("model", v.who.model ? std::string_view(v.who.model->name) : "");  // none where it does not offer the model
  const bool is_refused = v.refused_by != routing::refusal::none;
  w.member("verdict", is_refused ? "refused" : "eligible");
  w.key("refused_by");
  if (is_refused) w.string(routing::name_of(v.refused_by));
  else w.null();
  w.member("detail", v.detail).member("in_flight", v.in_flight);
  w.key("cost").begin_object().member("total_ms", v.cost_ms).member("distance_ms", v.distance_ms).end_object().end_object();
}

std::string page_of(const routing::route_table& table, const routing::decision& d) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("choice");
  if (d.choice) {
    w.begin_object().member("backend", d.choice->backend->name);
    append_way(w, *d.choice);
    w.member("model", d.choice->model->name).end_object();
  } else {
    w.null();
  }
  w.member("model", d.model).member("data_class", table.classes().name_of(d.data_class)).member("virtual_route", d.virtual_route);
  w.key("candidates").begin_array();
  for (const auto& v : d.verdicts) append_verdict(w, v);
  w.end_array();
  if (d.error) {
    w.key("error").begin_object().member("status", d.error->status).member("message", d.error->message);
    w.member("code", d.error->code.value_or("")).end_object();
  }
  w.end_object();
  return out;
}

/// Which endpoint a body without a path is for.
endpoint endpoint_of(std::string_view body) {
  if (json::validate(body)) return endpoint::chat;
  const auto root = json::value::first_in(body);
  if (root["input"]) return endpoint::embeddings;
  return root["prompt"] && !root["messages"] ? endpoint::completions : endpoint::chat;
}

}  // namespace

http::admin_answer explain_page(const routing::route_table& table, explain_question question, random_source& rng) {
  const auto level = admission::class_from_header(table.classes(), question.data_class);
  if (!level) return refused(level.error());
  const auto kind = endpoint_of(question.body);
  const auto request = openai::read_request(kind, std::move(question.body));
  if (!request) return refused(request.error());
  routing::route_query query;
  query.model = request->model;
  query.kind = kind;
  query.facts = request->facts;
  query.stream = request->stream;
  query.data_class = *level;
  query.minute_of_day = question.minute_of_day;
  query.now = question.now;
  query.asker = question.asker;
  auto decided = routing::decide(table, query, rng, true);
  std::erase_if(decided.verdicts, [&](const routing::verdict& v) { return !routing::is_open_to(question.asker, v.who); });
  return {200, page_of(table, decided)};
}

}  // namespace edgemesh::actors
