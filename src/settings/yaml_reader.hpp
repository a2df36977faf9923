// YAML text to a config_tree. The one door to the YAML library. Pure; any thread.
#pragma once
#include <cstddef>
#include <string_view>

#include "settings/config_tree.hpp"

namespace edgemesh::settings {

struct yaml_limits {
  std::size_t bytes_max = 1u << 20;
  int nodes_max = 20000;  ///< aliases count each time that they are used
  int depth_max = 24;
};

/// An empty document is an empty map. Syntax errors, duplicate keys, keys that are not plain text, a second document
/// and too much of anything go to `faults`; what could be read is returned.
tree_node parse_yaml(std::string_view text, fault_list& faults, const yaml_limits& limits = {});

}  // namespace edgemesh::settings
