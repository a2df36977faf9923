#include "dialects/probe_run.hpp"

#include <utility>

#include "json/validate.hpp"

namespace edgemesh::dialects {

void probe_run::reply(const probe_reply& r) {
  asked_.reset();
  if (!r.edgemesh_node.empty()) report_.is_edgemesh = true;
  received(r);
}

void probe_run::conclude(backend_health health, std::string detail) {
  asked_.reset();
  report_.health = health;
  report_.detail = std::move(detail);
}

bool probe_run::failed(const probe_reply& r, backend_health at_503, std::string_view detail_503) {
  const auto with_status = [&](std::string text) { return text + " (" + std::to_string(r.status) + ")"; };
  if (r.result != probe_reply::outcome::answered) {
    conclude(backend_health::down, unanswered_text(r));
    return true;
  }
  if (r.status == 401) conclude(backend_health::misconfigured, with_status("it refuses our credential"));
  else if (r.status == 403) conclude(backend_health::misconfigured, with_status("it refuses our credential or host name"));
  else if (r.status == 407) conclude(backend_health::misconfigured, with_status("the proxy wants other credentials"));
  else if (r.status == 503) conclude(at_503, with_status(std::string(detail_503)));
  else if (r.status >= 500) conclude(backend_health::down, with_status("it answers with a server error"));
  else return false;
  return true;
}

std::string unanswered_text(const probe_reply& r) {
  if (!r.why.empty()) return r.why;
  switch (r.result) {
    case probe_reply::outcome::refused: return "connection refused";
    case probe_reply::outcome::timed_out: return "no answer in time";
    case probe_reply::outcome::broken: return "the answer was cut off or is not HTTP";
    case probe_reply::outcome::answered: break;
  }
  return {};
}

json::value json_of(const probe_reply& r) noexcept {
  if (r.result != probe_reply::outcome::answered || r.status != 200 || json::validate(r.body)) return {};
  return json::value::first_in(r.body);
}

bool says_loading_model(const probe_reply& r) noexcept {
  if (r.result != probe_reply::outcome::answered || r.status != 503 || json::validate(r.body)) return false;
  return json::value::first_in(r.body)["error"]["message"].equals("Loading model");
}

}  // namespace edgemesh::dialects
