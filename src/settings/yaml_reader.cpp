#include "settings/yaml_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <string>

namespace edgemesh::settings {
namespace {

position position_of(const YAML::Mark& mark) {
  return mark.is_null() ? position{1, 1} : position{mark.line + 1, mark.column + 1};
}

class converter {
 public:
  converter(fault_list& faults, const yaml_limits& limits) : faults_(faults), left_(limits.nodes_max), depth_max_(limits.depth_max) {}

  tree_node convert(const YAML::Node& from, const std::string& path, int depth) {
    tree_node out;
    out.at = position_of(from.Mark());
    if (left_-- <= 0 || depth > depth_max_) {
      if (!exhausted_) faults_.add(out.at, path, depth > depth_max_ ? "nested too deeply" : "too many values in one file");
      exhausted_ = true;
      return out;
    }
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: break;
      case YAML::NodeType::Scalar:
        out.kind = tree_node::shape::scalar;
        out.text = from.Scalar();
        out.quoted = from.Tag() == "!";
        break;
      case YAML::NodeType::Sequence: list(from, path, depth, out); break;
      case YAML::NodeType::Map: map(from, path, depth, out); break;
    }
    return out;
  }

 private:
  void list(const YAML::Node& from, const std::string& path, int depth, tree_node& out) {
    out.kind = tree_node::shape::list;
    for (const auto& item : from) {
      if (exhausted_) return;
      out.items.push_back(convert(item, path + "[" + std::to_string(out.items.size()) + "]", depth + 1));
    }
  }

  void map(const YAML::Node& from, const std::string& path, int depth, tree_node& out) {
    out.kind = tree_node::shape::map;
    for (const auto& entry : from) {
      if (exhausted_) return;
      const position at = position_of(entry.first.Mark());
      if (!entry.first.IsScalar()) {
        faults_.add(at, path, "expected a name before the colon");
        continue;
      }
      const std::string key = entry.first.Scalar();
      const std::string here = path.empty() ? key : path + "." + key;
      if (const auto* first = out.find(key)) {
        faults_.add(at, here, "duplicate key; it stands already in line " + std::to_string(first->at.line));
        continue;
      }
      tree_node value = convert(entry.second, here, depth + 1);
      if (value.kind == tree_node::shape::nothing) value.at = at;  // the mark of nothing is where the next thing begins
      out.members.push_back({key, at, std::move(value)});
    }
  }

  fault_list& faults_;
  int left_;
  int depth_max_;
  bool exhausted_ = false;
};

}  // namespace

tree_node parse_yaml(std::string_view text, fault_list& faults, const yaml_limits& limits) {
  tree_node empty;
  empty.kind = tree_node::shape::map;
  empty.at = {1, 1};
  if (text.size() > limits.bytes_max) {
    faults.add({1, 1}, "", "the file is larger than " + std::to_string(limits.bytes_max) + " bytes");
    return empty;
  }
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1)
      faults.add(position_of(documents[1].Mark()), "", "a second document begins; expected only one");
    if (documents.empty() || documents[0].IsNull()) return empty;
    return converter(faults, limits).convert(documents[0], "", 0);
  } catch (const YAML::Exception& e) {

    faults.add(position_of(e.mark), "", "not valid YAML: " + e.msg);
    return empty;
  }
}

}  // namespace edgemesh::settings
