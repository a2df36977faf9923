#include "settings/key_check.hpp"

#include <algorithm>

#include "settings/key_table.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::settings {
namespace {

class key_checker {
 public:
  explicit key_checker(fault_list& faults) : faults_(faults) {}

  /// `row_path` names the rows ("backends[]"), `key` the place in the file ("backends[2]").
  void object(const tree_node& node, const std::string& row_path, const std::string& key) {
    for (const auto& m : node.members) {
      const std::string here = key.empty() ? m.key : key + "." + m.key;
      const auto* row = find_row(row_path.empty() ? m.key : row_path + "." + m.key);
      if (!row || m.key == "*")
        faults_.add(m.at, here, unknown(m.key, row_path));
      else if (row->kind == value_kind::later)
        faults_.add(m.at, here, "not in this version");
      else
        value(m.value, *row, here);
    }
    for (const auto child : child_keys(row_path)) {
      const auto* row = find_row(row_path.empty() ? std::string(child) : row_path + "." + std::string(child));
      if (row->required && !node.find(child))
        faults_.add(node.at, key, "\"" + std::string(child) + "\" is missing: expected " + expected_text(*row));
    }
  }

 private:
  void value(const tree_node& node, const key_row& row, const std::string& key) {
    switch (row.kind) {
      case value_kind::object:
        if (shaped(node, tree_node::shape::map, row, key)) object(node, std::string(row.path), key);
        break;
      case value_kind::list:
        if (shaped(node, tree_node::shape::list, row, key)) list(node, row, key);
        break;
      case value_kind::map:
        if (shaped(node, tree_node::shape::map, row, key)) map(node, row, key);
        break;
      default:
        if (!node.unreadable && shaped(node, tree_node::shape::scalar, row, key))
          if (auto mistake = mistake_in(row, node.text, node.quoted && !node.from_variable, !node.from_variable))
            faults_.add(node.at, key, std::move(*mistake));
    }
  }

  void list(const tree_node& node, const key_row& row, const std::string& key) {
    sized(node, node.items.size(), row, key);
    const auto& item_row = *find_row(std::string(row.path) + "[]");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string here = key + "[" + std::to_string(i) + "]";
      value(node.items[i], item_row, here);
      const auto& text = node.items[i].text;
      const bool seen = !row.repeats && std::any_of(node.items.begin(), node.items.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const tree_node& other) { return !text.empty() && other.text == text; });
      if (seen) faults_.add(node.items[i].at, here, "stands in the list already");
    }
  }

  void map(const tree_node& node, const key_row& row, const std::string& key) {
    sized(node, node.members.size(), row, key);
    const auto& item_row = *find_row(std::string(row.path) + ".*");
    for (const auto& m : node.members) {
      if (!is_plain_text(m.key)) faults_.add(m.at, key, "a name in this map is empty or has control characters");
      value(m.value, item_row, key + "." + m.key);
    }
  }

  void sized(const tree_node& node, std::size_t count, const key_row& row, const std::string& key) {
    if (count < static_cast<std::size_t>(row.min) || count > static_cast<std::size_t>(row.max))
      faults_.add(node.at, key,
                  "expected from " + std::to_string(row.min) + " to " + std::to_string(row.max) + " entries, found " +
                      std::to_string(count));
  }

  bool shaped(const tree_node& node, tree_node::shape wanted, const key_row& row, const std::string& key) {
    if (node.kind == wanted) return true;
    constexpr std::string_view found[] = {"nothing", "a single value", "a list", "a map"};
    std::string message = "expected " + expected_text(row) + ", found " + std::string(found[static_cast<int>(node.kind)]);
    if (node.kind == tree_node::shape::nothing) message += "; leave the key out for its default";
    faults_.add(node.at, key, std::move(message));
    return false;
  }

  static std::string unknown(const std::string& typed, const std::string& row_path) {
    const auto known = child_keys(row_path);
    if (typed == "<<") return "YAML merge keys are not supported; write the keys out";
    if (const auto near = nearest_key(typed, known); !near.empty())
      return "unknown key; did you mean \"" + std::string(near) + "\"?";
    if (const auto elsewhere = path_ending_in(typed); !elsewhere.empty())
      return "unknown key here; it belongs to \"" + std::string(elsewhere) + "\"";
    std::string out = "unknown key; known here:";
    for (const auto name : known) {
      const auto* row = find_row(row_path.empty() ? std::string(name) : row_path + "." + std::string(name));
      if (row->kind != value_kind::later) out += (out.ends_with(':') ? " " : ", ") + std::string(name);
    }
    return out;
  }

  fault_list& faults_;
};

}  // namespace

void check_keys(const tree_node& root, fault_list& faults) {
  if (root.kind != tree_node::shape::map) {
    faults.add(root.at, "", "expected a map of keys at the top, such as \"listen:\" or \"backends:\"");
    return;
  }
  key_checker(faults).object(root, "", "");
}

}  // namespace edgemesh::settings
