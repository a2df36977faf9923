#include <algorithm>
#include <ctime>
#include <system_error>

#include "base/ascii.hpp"
#include "base/units.hpp"
#include "cli/admin_link.hpp"
#include "cli/local_commands.hpp"
#include "cli/probing.hpp"
#include "cli/terminal.hpp"
#include "json/writer.hpp"
#include "settings/safety_notes.hpp"

namespace edgemesh::cli {
namespace {

struct finding {
  std::string subject;  ///< "clock", "disk", "backends.cloud.ca_file"
  std::string text;
  bool is_wrong = false;
};

std::string utc_text(std::time_t at) {
  std::tm parts{};
  gmtime_r(&at, &parts);
  char buffer[40];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return buffer;
}

/// A Date header (RFC 9110, the fixed form) as seconds; nullopt when it is none.
std::optional<std::time_t> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return end && *end == 0 ? std::optional(timegm(&parts)) : std::nullopt;
}

finding clock_finding(std::time_t now, const std::vector<probed_backend>& probed) {
  finding out{"clock", utc_text(now), false};
  constexpr std::time_t first_plausible = 1'700'000'000;  // before this version existed
  if (now < first_plausible) return {"clock", utc_text(now) + " cannot be right; set the machine's time", true};
  for (const auto& p : probed) {
    const auto theirs = parse_http_date(p.date);
    if (!theirs) continue;
    const auto apart = *theirs > now ? *theirs - now : now - *theirs;
    if (apart > 30) {
      out.text += "; " + p.url + " is " + std::to_string(apart) + " s apart: one of the two clocks is wrong";
      out.is_wrong = true;
    }
  }
  return out;
}

finding disk_finding(const std::filesystem::path& data_dir) {
  auto existing = std::filesystem::absolute(data_dir);
  std::error_code ec;
  while (!std::filesystem::exists(existing, ec) && existing.has_relative_path()) existing = existing.parent_path();
  const auto space = std::filesystem::space(existing, ec);
  if (ec) return {"disk", data_dir.string() + ": " + ec.message(), true};
  constexpr std::uintmax_t least = 512u << 20;
  const bool is_low = space.available < least;
  return {"disk", data_dir.string() + ": " + format_bytes(space.available) + " free" + (is_low ? ", which is little" : ""), is_low};
}

finding certificate_finding(const std::string& subject, const std::filesystem::path& file, std::time_t now) {
  const auto end = certificate_end(file.string());
  if (!end) return {subject, end.error().message, true};
  const auto at = std::chrono::system_clock::to_time_t(*end);
  const auto days = (at - now) / 86400;
  if (at <= now) return {subject, file.string() + " ended on " + utc_text(at), true};
  return {subject, file.string() + " is valid until " + utc_text(at) + " (" + std::to_string(days) + " days)", days < 14};
}

finding own_certificate_finding(const std::string& subject, const std::filesystem::path& file, std::time_t now) {
  auto out = certificate_finding(subject, file, now);
  const auto end = certificate_end(file.string());
  constexpr std::time_t month = 30 * 86400;  // where renewal is by hand somebody has to know in time
  const bool is_soon = end && std::chrono::system_clock::to_time_t(*end) - now < month;
  if (is_soon && *end > std::chrono::system_clock::from_time_t(now)) out.text += ": renew it soon";
  return out;
}

void examine_tls(std::vector<finding>& out, const std::string& key, const settings::listener_tls& tls, std::time_t now) {
  if (!tls.is_on()) return;
  out.push_back(own_certificate_finding(key + ".cert", tls.cert, now));
  if (!tls.client_ca.empty()) out.push_back(own_certificate_finding(key + ".client_ca", tls.client_ca, now));
  if (const auto problem = settings::problem_of(tls); !problem.empty()) out.push_back({key, problem, true});
}

finding listener_finding(const settings::listen_settings& listen) {
  const auto& api = listen.api;
  if (api.port == 0) return {"listen.api", "the system chooses the port"};
  const auto address = dialled_address(api);
  if (!try_connect(address, milliseconds(500)).is_listening) return {"listen.api", api.to_string() + ": no node runs there"};
  http_request ask;
  ask.target = "/healthz";
  ask.total_timeout = milliseconds(2000);
  const auto origin = node_origin("", "", api, listen.tls.api, {});
  if (!origin) return {"listen.api", origin.error().message, true};
  if (listen.tls.api.wants_certificates()) return {"listen.api", api.to_string() + ": somebody listens there, and asks for a certificate"};
  const auto answer = exchange(*origin, ask);
  if (!answer.edgemesh_node.empty()) return {"listen.api", api.to_string() + ": node " + answer.edgemesh_node + " runs there"};
  if (answer.status == 200) return {"listen.api", api.to_string() + ": a node or another server answers there"};
  return {"listen.api", api.to_string() + " is in use by another program; stop it or choose another port", true};
}

std::vector<finding> examine_node(const settings::node_settings& s, const std::vector<probed_backend>& probed) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::vector<finding> out = {clock_finding(now, probed), disk_finding(s.data_dir), listener_finding(s.listen)};
  examine_tls(out, "listen.tls.api", s.listen.tls.api, now);
  examine_tls(out, "listen.tls.admin", s.listen.tls.admin, now);
  examine_tls(out, "listen.tls.metrics", s.listen.tls.metrics, now);
  for (const auto& b : s.backends) {
    const std::string key = "backends." + b.name;
    if (!b.ca_file.empty()) out.push_back(certificate_finding(key + ".ca_file", b.ca_file, now));
    if (!b.client_cert.empty()) out.push_back(certificate_finding(key + ".client_cert", b.client_cert, now));
  }
  return out;
}

struct examined {
  probed_backend probed;
  bool is_configured = false;
  bool may_be_absent = false;
  std::string key_problem = {};  ///< what a backend finds wrong with the node's credential
  bool is_wrong() const {
    return is_configured && !may_be_absent && (!probed.connect.is_listening || probed.report.health != backend_health::ready);
  }
};

/// Why a backend that answers turns the node away; "" where it does not. An Ollama's 403 is about the host's name.
std::string key_problem_of(const settings::backend_settings& b, const probed_backend& p) {
  const bool is_refused = p.report.health == backend_health::misconfigured && std::any_of(p.steps.begin(), p.steps.end(), [&](const auto& s) {
    return s.status == 401 || (s.status == 403 && p.report.kind != backend_kind::ollama);
  });
  if (!is_refused) return "";
  const bool in_headers = std::any_of(b.headers.begin(), b.headers.end(), [](const auto& h) { return ascii::iequals(h.first, "authorization"); });
  if (in_headers) return "the backend refuses the credential in `headers`";
  return b.api_key.empty() ? "the backend wants a key, and none is configured" : "the backend refuses this key";
}

std::vector<examined> examine_backends(const settings::node_settings& s) {
  std::vector<examined> out;
  std::vector<std::string> taken;
  for (const auto& b : s.backends) {
    const auto first = out.size();
    bool any_listens = false;
    for (const auto& slot : settings::slots_of(b)) {
      taken.push_back(slot.url.authority.to_string());
      out.push_back({probe_backend(slot), true});
      out.back().key_problem = key_problem_of(slot, out.back().probed);
      any_listens = any_listens || out.back().probed.connect.is_listening;
    }
    // Of a Cognis host's slots not all need to run: one that evicts another leaves its port without a listener.
    for (auto i = first; b.all_slots && any_listens && i < out.size(); ++i)
      out[i].may_be_absent = !out[i].probed.connect.is_listening;
  }
  if (s.discovery_local)
    for (auto& p : probe_local_ports(taken)) out.push_back({std::move(p), false});
  return out;
}

std::string backend_text(const examined& e) {
  const auto& p = e.probed;
  std::string out = printable(p.name) + "  " + printable(p.url) + "  " + (e.is_wrong() ? "WRONG  " : "") + printable(verdict_of(p)) + "\n";
  if (!p.connect.is_listening) return out;
  out += "  kind " + std::string(name_of(p.report.kind));
  if (!p.report.version.empty()) out += " " + printable(p.report.version);
  out += ", connected in " + std::to_string(p.connect.latency.count()) + " ms\n";
  for (const auto& step : p.steps)
    out += "  " + printable(step.target) + "  " + (step.status ? std::to_string(step.status) : printable(step.failure)) + "  " +
           std::to_string(step.latency.count()) + " ms\n";
  std::string models;
  for (const auto& m : p.report.models) models += (models.empty() ? "" : ", ") + m.name;
  if (!p.report.is_edgemesh) out += "  models: " + (models.empty() ? "none" : printable(models)) + "\n";
  return out;
}

void write_backend(json::writer& w, const examined& e) {
  const auto& p = e.probed;
  w.begin_object().member("name", p.name).member("url", p.url).member("configured", e.is_configured);
  w.member("wrong", e.is_wrong()).member("listening", p.connect.is_listening).member("connect_ms", p.connect.latency.count());
  w.member("kind", name_of(p.report.kind)).member("health", name_of(p.report.health)).member("verdict", verdict_of(p));
  w.member("version", p.report.version).member("is_edgemesh", p.report.is_edgemesh).key("requests").begin_array();
  for (const auto& s : p.steps)
    w.begin_object().member("target", s.target).member("status", s.status).member("failure", s.failure)
        .member("ms", s.latency.count()).end_object();
  w.end_array().key("models").begin_array();
  for (const auto& m : p.report.models) w.string(m.name);
  w.end_array().end_object();
}

std::string as_json(const std::vector<finding>& node, const std::vector<examined>& backends,
                    const std::vector<settings::safety_note>& notes) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("node").begin_array();
  for (const auto& f : node)
    w.begin_object().member("subject", f.subject).member("text", f.text).member("wrong", f.is_wrong).end_object();
  w.end_array().key("backends").begin_array();
  for (const auto& b : backends) write_backend(w, b);
  w.end_array().key("safety").begin_array();
  for (const auto& n : notes)
    w.begin_object().member("key", n.key).member("value", n.value).member("meaning", n.meaning).end_object();
  w.end_array().end_object();
  return out + "\n";
}

std::string as_text(const std::vector<finding>& node, const std::vector<examined>& backends,
                    const std::vector<settings::safety_note>& notes) {
  std::string out = "NODE\n";
  for (const auto& f : node) out += (f.is_wrong ? "  WRONG  " : "  ") + f.subject + ": " + printable(f.text) + "\n";
  out += "\nBACKENDS\n";
  for (const auto& b : backends) out += backend_text(b);
  if (backends.empty()) out += "  none configured, and nothing answers on this machine's well-known ports\n";
  out += "\nSAFETY\n";
  for (const auto& n : notes) out += "  " + n.key + ": " + printable(n.value) + " - " + n.meaning + "\n";
  return out;
}

}  // namespace

exit_code doctor(const local_options& options) {
  const auto settings = load_or_complain(options.configuration, settings::key_commands::run);
  if (!settings) return exit_code::usage;
  const auto backends = examine_backends(*settings);
  std::vector<probed_backend> probed;
  for (const auto& b : backends) probed.push_back(b.probed);
  auto node = examine_node(*settings, probed);
  for (const auto& b : backends)
    if (!b.key_problem.empty()) node.push_back({"backends." + b.probed.name + ".api_key", b.key_problem, true});
  const auto notes = settings::safety_notes(*settings);
  print(options.json ? as_json(node, backends, notes) : as_text(node, backends, notes));
  for (const auto& f : node)
    if (f.is_wrong) return exit_code::failed;
  for (const auto& b : backends)
    if (b.is_wrong()) return exit_code::failed;
  return exit_code::done;
}

}  // namespace edgemesh::cli
