// Reads settings: file, environment, command line, in this order of rising authority; validates all of it and reports
// every fault, not only the first. Reads files (configuration, api_key_file, certificates); blocks for as long as the
// disk does. Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "settings/fault.hpp"
#include "settings/node_settings.hpp"
#include "settings/source.hpp"

namespace edgemesh::settings {

struct load_report {
  node_settings settings;      ///< complete only when there are no faults
  std::vector<fault> faults;   ///< by line
};
load_report read(const source& from);

/// The settings, or all faults joined by line breaks.
result<node_settings> load(const source& from);

/// A machine's host name as a node name: its first label in [a-z0-9-]{1,63}; "node" when nothing is left.
std::string node_name_from(std::string_view host_name);

}  // namespace edgemesh::settings
