// Checks a configuration tree against the key table: unknown keys, keys of later versions, wrong types, impossible
// values. Pure.
#pragma once
#include "settings/config_tree.hpp"

namespace edgemesh::settings {

void check_keys(const tree_node& root, fault_list& faults);

}  // namespace edgemesh::settings
