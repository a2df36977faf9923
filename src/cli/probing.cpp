#include "cli/probing.hpp"

#include <algorithm>

#include "cli/admin_link.hpp"

namespace edgemesh::cli {
namespace {

dialects::probe_reply reply_of(const http_response& response, std::size_t bytes_max) {
  dialects::probe_reply out;
  using from = http_response::outcome;
  using to = dialects::probe_reply::outcome;
  switch (response.result) {
    case from::answered: out.result = response.body.size() > bytes_max ? to::broken : to::answered; break;
    case from::refused: out.result = to::refused; break;
    case from::timed_out: out.result = to::timed_out; break;
    case from::broken: out.result = to::broken; break;
  }
  out.why = response.detail;
  out.status = response.status;
  out.content_type = response.content_type;
  out.body = response.body;
  out.edgemesh_node = response.edgemesh_node;
  return out;
}

http_request request_of(const settings::backend_settings& b, const dialects::probe_request& question) {
  http_request out;
  out.method = question.method;
  out.target = b.url.base_path + question.target;
  for (const auto& [name, value] : b.query)
    out.target += (out.target.find('?') == std::string::npos ? "?" : "&") + escaped_segment(name) + "=" + escaped_segment(value);
  out.body = question.body;
  out.connect_timeout = std::min(b.timeouts.connect, question.timeout);
  out.total_timeout = question.timeout;
  out.bytes_max = question.bytes_max;
  if (!b.api_key.empty()) out.headers.emplace_back("Authorization", secret("Bearer " + std::string(b.api_key.reveal())));
  for (const auto& h : b.headers) out.headers.push_back(h);
  return out;
}

}  // namespace

probed_backend probe_backend(const settings::backend_settings& backend, int questions_max) {
  probed_backend out;
  out.name = backend.name;
  out.url = backend.url.to_string();
  const auto origin = origin_of(backend);
  out.connect = try_connect(backend.proxy ? backend.proxy->authority : backend.url.authority, backend.timeouts.connect);
  if (!out.connect.is_listening) return out;
  dialects::probe_memory memory;
  const auto probe = backend.kind == backend_kind::automatic ? dialects::make_recognition(&memory)
                                                             : dialects::make_probe(backend.kind, &memory);
  for (int i = 0; i < questions_max; ++i) {
    const auto question = probe->next();
    if (!question) break;
    const auto response = exchange(origin, request_of(backend, *question));
    out.steps.push_back({question->method + " " + backend.url.base_path + question->target, response.status, response.detail,
                         response.latency});
    if (!response.date.empty()) out.date = response.date;
    probe->reply(reply_of(response, question->bytes_max));
  }
  out.report = probe->report();
  return out;
}

std::vector<probed_backend> probe_local_ports(const std::vector<std::string>& taken) {
  std::vector<probed_backend> out;
  for (const auto& known : dialects::well_known_ports()) {
    for (const char* host : {"127.0.0.1", "::1"}) {
      settings::backend_settings backend;
      backend.url.authority = {host, known.port};
      backend.name = "auto-" + std::to_string(known.port);
      backend.timeouts.connect = milliseconds(500);
      if (std::find(taken.begin(), taken.end(), backend.url.authority.to_string()) != taken.end()) break;
      auto probed = probe_backend(backend);
      if (!probed.connect.is_listening) continue;
      out.push_back(std::move(probed));
      break;
    }
  }
  return out;
}

std::string verdict_of(const probed_backend& p) {
  if (!p.connect.is_listening)
    return p.connect.timed_out ? "does not answer: no connection in time" : "nobody listens: " + p.connect.detail;
  if (p.report.is_edgemesh) return "an EdgeMesh node";
  if (p.report.health == backend_health::ready) return "ready";
  std::string out(name_of(p.report.health));
  if (!p.report.detail.empty()) out += ": " + p.report.detail;
  const auto failed = std::find_if(p.steps.begin(), p.steps.end(), [](const auto& s) { return !s.failure.empty(); });
  if (failed != p.steps.end() && failed->failure != p.report.detail) out += " (" + failed->target + ": " + failed->failure + ")";
  return out;
}

}  // namespace edgemesh::cli
