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
settings::source source_of(const configuration_options& options);

/// nullopt after all faults were printed, one per line.
std::optional<settings::node_settings> load_or_complain(const configuration_options& options);

}  // namespace edgemesh::cli
