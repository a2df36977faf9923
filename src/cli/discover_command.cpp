#include "cli/local_commands.hpp"
#include "cli/probing.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"
#include "json/writer.hpp"

namespace edgemesh::cli {
namespace {

std::string models_of(const dialects::probe_report& report) {
  std::string out;
  for (std::size_t i = 0; i < report.models.size() && i < 4; ++i) out += (i ? ", " : "") + report.models[i].name;
  if (report.models.size() > 4) out += " and " + std::to_string(report.models.size() - 4) + " more";
  return out;
}

std::string kind_of(const dialects::probe_report& report) {
  if (report.is_edgemesh) return "edgemesh";
  return report.kind == backend_kind::automatic ? "unknown" : std::string(name_of(report.kind));
}

std::string as_json(const std::vector<probed_backend>& found) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& p : found) {
    w.begin_object().member("url", p.url).member("kind", kind_of(p.report)).member("health", name_of(p.report.health));
    w.member("version", p.report.version).member("detail", p.report.detail).key("models").begin_array();
    for (const auto& m : p.report.models) w.string(m.name);
    w.end_array().end_object();
  }
  w.end_array().end_object();
  return out + "\n";
}

}  // namespace

exit_code discover(const local_options& options) {
  const auto found = probe_local_ports();
  if (options.json) {
    print(as_json(found));
    return exit_code::done;
  }
  text_table table({"URL", "KIND", "STATE", "VERSION", "MODELS"});
  for (const auto& p : found) table.add({p.url, kind_of(p.report), verdict_of(p), p.report.version, models_of(p.report)});
  if (!table.empty()) {
    print(table.to_string());
    return exit_code::done;
  }
  std::string ports;
  for (const auto& known : dialects::well_known_ports()) ports += (ports.empty() ? "" : ", ") + std::to_string(known.port);
  print("nothing answers on this machine's well-known ports (" + ports +
        ")\nstart a backend there, or name one: edgemesh serve --backend KIND=URL\n");
  return exit_code::done;
}

}  // namespace edgemesh::cli
