#include "settings/load.hpp"

#include <unistd.h>

#include "base/ascii.hpp"
#include "settings/draft.hpp"
#include "settings/key_check.hpp"
#include "settings/text_file.hpp"
#include "settings/variable_expansion.hpp"
#include "settings/yaml_reader.hpp"

namespace edgemesh::settings {
namespace {

std::string machine_name() {
  char buffer[256] = {};
  if (gethostname(buffer, sizeof buffer - 1) != 0) return "";
  return buffer;
}

/// What cannot be looked at counts as there: the node then shows its backends less data, not more.
bool has_identity(const node_settings& settings) {
  std::error_code failure;
  return std::filesystem::exists(identity_file_of(settings), failure) || failure;
}

}  // namespace

std::string node_name_from(std::string_view host_name) {
  std::string out;
  for (const char c : host_name.substr(0, host_name.find('.'))) {
    const char l = ascii::lower(c);
    if (is_name(std::string_view(&l, 1)))
      out += l;
    else if (!out.ends_with('-'))
      out += '-';
    if (out.size() == 63) break;
  }
  while (out.starts_with('-')) out.erase(0, 1);
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "node" : out;
}

load_report read(const source& from, std::stop_token stop) {
  fault_list faults(from.config_file ? from.config_file->string() : "");
  reading context{from, from.config_file ? from.config_file->parent_path() : std::filesystem::path(), faults, std::move(stop)};
  tree_node root;
  root.kind = tree_node::shape::map;
  if (from.config_file) {
    auto text = read_text_file(*from.config_file, 1u << 20);
    if (text) {
      root = parse_yaml(*text, faults);
      expand_tree(root, from.env, faults);
      check_keys(root, faults);
    } else {
      faults.add(place{"", {}, "--config"}, text.error().message);
    }
  }
  draft all;
  read_node(cursor(&root, "", &faults.file()), context, all);
  read_command_line(context, all);
  if (all.settings.node.name.empty()) all.settings.node.name = node_name_from(machine_name());
  all.settings.in_mesh = has_identity(all.settings);
  check_coherence(all, context);
  if (faults.empty()) read_key_commands(all, context);  // nothing is run for settings that are refused anyway
  return {std::move(all.settings), faults.take()};
}

result<node_settings> load(const source& from, std::stop_token stop) {
  auto report = read(from, std::move(stop));
  if (report.faults.empty()) return std::move(report.settings);
  std::string message;
  for (const auto& f : report.faults) message += (message.empty() ? "" : "\n") + f.to_string();
  return error{std::move(message)};
}

}  // namespace edgemesh::settings
