#include "settings/variable_expansion.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/ascii.hpp"

namespace edgemesh::settings {
namespace {

bool is_variable_name(std::string_view name) {
  return !name.empty() && !ascii::is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return ascii::is_alnum(c) || c == '_'; });
}

result<std::string> value_of(std::string_view inside, const environment& env) {
  const auto split = inside.find(":-");
  const std::string name(inside.substr(0, split));
  if (!is_variable_name(name)) return error{"expected ${NAME} or ${NAME:-default}; write $$ for a dollar sign"};
  auto value = env(name);
  if (split != std::string_view::npos)
    return value && !value->empty() ? std::move(*value) : std::string(inside.substr(split + 2));
  if (!value) return error{"the environment variable " + name + " is not set"};
  return std::move(*value);
}

void expand_node(tree_node& node, const std::string& path, const environment& env, fault_list& faults) {
  if (node.kind == tree_node::shape::scalar && node.text.find('$') != std::string::npos) {
    auto expanded = expand_variables(node.text, env);
    if (!expanded) {
      faults.add(node.at, path, expanded.error().message);
      node.unreadable = true;
      return;
    }
    node.from_variable = expanded->used_variable;
    node.text = std::move(expanded->text);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i)
    expand_node(node.items[i], path + "[" + std::to_string(i) + "]", env, faults);
  for (auto& m : node.members) expand_node(m.value, path.empty() ? m.key : path + "." + m.key, env, faults);
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

result<expansion> expand_variables(std::string_view text, const environment& env) {
  expansion out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out.text += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out.text += '$';
      text.remove_prefix(1);
    } else if (text.starts_with('{')) {
      const auto close = text.find('}');
      if (close == std::string_view::npos) return error{"\"${\" without \"}\"; write $$ for a dollar sign"};
      auto value = value_of(text.substr(1, close - 1), env);
      if (!value) return value.error();
      out.text += *value;
      out.used_variable = true;
      text.remove_prefix(close + 1);
    } else {
      out.text += '$';
    }
  }
  return out;
}

void expand_tree(tree_node& root, const environment& env, fault_list& faults) { expand_node(root, "", env, faults); }

}  // namespace edgemesh::settings
