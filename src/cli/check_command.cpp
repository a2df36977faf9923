#include "cli/local_commands.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"
#include "json/writer.hpp"
#include "settings/safety_notes.hpp"

namespace edgemesh::cli {
namespace {

std::string as_json(const settings::load_report& report, const std::vector<settings::safety_note>& notes) {
  std::string out;
  json::writer w(out);
  w.begin_object().member("valid", report.faults.empty()).key("faults").begin_array();
  for (const auto& f : report.faults)
    w.begin_object().member("file", f.file).member("line", f.line).member("column", f.column).member("key", f.key)
        .member("message", f.message).end_object();
  w.end_array().key("safety").begin_array();
  for (const auto& n : notes)
    w.begin_object().member("key", n.key).member("value", n.value).member("meaning", n.meaning).member("risky", n.risky)
        .end_object();
  w.end_array().end_object();
  return out + "\n";
}

/// What reading does not look at, because others than the node may not read its keys.
void check_tls(settings::load_report& report, const std::string& file) {
  const auto& tls = report.settings.listen.tls;
  for (const auto& [key, files] : {std::pair("listen.tls.api", &tls.api), std::pair("listen.tls.admin", &tls.admin), std::pair("listen.tls.metrics", &tls.metrics)})
    if (auto problem = settings::problem_of(*files); !problem.empty()) report.faults.push_back({file, 0, 0, key, std::move(problem)});
}

}  // namespace

exit_code check(const local_options& options) {
  auto report = settings::read(source_of(options.configuration, settings::key_commands::check));
  if (report.faults.empty()) check_tls(report, options.configuration.config);
  const bool valid = report.faults.empty();
  const auto notes = valid ? settings::safety_notes(report.settings) : std::vector<settings::safety_note>();
  if (options.json) {
    print(as_json(report, notes));
    return valid ? exit_code::done : exit_code::usage;
  }
  for (const auto& f : report.faults) print(printable(f.to_string()) + "\n");
  if (!valid) {
    print(std::to_string(report.faults.size()) + (report.faults.size() == 1 ? " fault\n" : " faults\n"));
    return exit_code::usage;
  }
  const auto& file = options.configuration.config;
  print(file.empty() ? "no configuration file: these are the defaults\n\n" : printable(file) + " is valid\n\n");
  text_table table({"SETTING", "VALUE", "", "MEANS"});
  for (const auto& n : notes) table.add({n.key, n.value, n.risky ? "!" : " ", n.meaning});
  print(table.to_string());
  return exit_code::done;
}

}  // namespace edgemesh::cli
