// A configuration document as a plain tree that remembers where each thing stands. Made by yaml_reader, read by
// everything else here, so that only one file knows the YAML library. One thread; bounded by yaml_limits.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "settings/fault.hpp"

namespace edgemesh::settings {

struct position {
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1
};

struct tree_member;

struct tree_node {
  enum class shape : unsigned char { nothing, scalar, list, map };
  shape kind = shape::nothing;
  bool quoted = false;         ///< "30" is text, 30 is a number
  bool from_variable = false;  ///< the text came from the environment: never print it
  bool unreadable = false;     ///< a fault about this value was reported already
  std::string text;            ///< of a scalar, variables filled in
  position at;
  std::vector<tree_node> items;      ///< of a list
  std::vector<tree_member> members;  ///< of a map, in the file's order, keys unique

  const tree_member* find(std::string_view key) const noexcept;
};
struct tree_member {
  std::string key;
  position at;
  tree_node value;
};
inline const tree_member* tree_node::find(std::string_view key) const noexcept {
  for (const auto& m : members)
    if (m.key == key) return &m;
  return nullptr;
}

/// Where a setting was written, for a fault about it.
struct place {
  std::string file;  ///< "" for the command line and the environment
  position at;
  std::string key;
};

/// Collects faults of one file; keeps the first 100.
class fault_list {
 public:
  explicit fault_list(std::string file) : file_(std::move(file)) {}
  void add(position at, std::string key, std::string message) {
    add(place{file_, at, std::move(key)}, std::move(message));
  }
  void add(place where, std::string message) {
    if (faults_.size() < 100)
      faults_.push_back({std::move(where.file), where.at.line, where.at.column, std::move(where.key), std::move(message)});
  }
  const std::string& file() const noexcept { return file_; }
  bool empty() const noexcept { return faults_.empty(); }
  /// By line; command line and environment last.
  std::vector<fault> take();

 private:
  std::string file_;
  std::vector<fault> faults_;
};

}  // namespace edgemesh::settings
