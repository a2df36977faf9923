// Loading settings on behalf of a command: faults go to standard error. One thread; reads files.
#pragma once
#include <optional>
#include <string>

#include "settings/load.hpp"

namespace edgemesh::cli {

struct configuration_options {
  std::string config;  ///< --config; "" : no file
  settings::overrides command_line;
};
/// `commands`: what becomes of programs that print keys; most commands need no key.
settings::source source_of(const configuration_options& options, settings::key_commands commands = settings::key_commands::skip);

/// nullopt after all faults were printed, one per line.
std::optional<settings::node_settings> load_or_complain(const configuration_options& options,
                                                         settings::key_commands commands = settings::key_commands::skip);

}  // namespace edgemesh::cli
