#include "cli/configuration.hpp"

#include "cli/terminal.hpp"

namespace edgemesh::cli {

settings::source source_of(const configuration_options& options, settings::key_commands commands) {
  settings::source out;
  if (!options.config.empty()) out.config_file = options.config;
  out.command_line = options.command_line;
  out.commands = commands;
  return out;
}

std::optional<settings::node_settings> load_or_complain(const configuration_options& options, settings::key_commands commands) {
  auto report = settings::read(source_of(options, commands));
  for (const auto& f : report.faults) complain(printable(f.to_string()));
  if (!report.faults.empty()) return std::nullopt;
  return std::move(report.settings);
}

}  // namespace edgemesh::cli
