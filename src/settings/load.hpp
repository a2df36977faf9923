// Reads settings: file, environment, command line, in this order of rising authority; validates all of it and reports
// every fault, not only the first. Reads files (configuration, api_key_file, certificates) and blocks for as long as the
// disk does; where the source says so it runs programs that print keys, and blocks for as long as key_command_limits allows. Any thread.
#pragma once
#include <stop_token>
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
/// `stop` ends programs that run; the keys that they were to print are then faults.
load_report read(const source& from, std::stop_token stop = {});

/// The settings, or all faults joined by line breaks.
result<node_settings> load(const source& from, std::stop_token stop = {});

/// A machine's host name as a node name: its first label in [a-z0-9-]{1,63}; "node" when nothing is left.
std::string node_name_from(std::string_view host_name);

}  // namespace edgemesh::settings
