// ${NAME} in configuration values. Pure given an environment.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "settings/config_tree.hpp"
#include "settings/source.hpp"

namespace edgemesh::settings {

struct expansion {
  std::string text;
  bool used_variable = false;
};
/// `${NAME}` is the variable, `${NAME:-default}` has a default for an unset or empty one, `$$` is one dollar sign; any other
/// `$` stays as it is. A missing variable is an error that names it. Defaults are plain text, not expanded again.
result<expansion> expand_variables(std::string_view text, const environment& env);

/// Expands every scalar of the tree in place.
void expand_tree(tree_node& root, const environment& env, fault_list& faults);

}  // namespace edgemesh::settings
