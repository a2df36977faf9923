// Reads values out of a checked configuration tree by key. Something absent or wrong (reported already by key_check)
// reads as nothing, so that the reader goes on with defaults. One thread; the tree must outlive it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "settings/config_tree.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::settings {

class cursor {
 public:
  cursor(const tree_node* node, std::string key, const std::string* file) : node_(node), key_(std::move(key)), file_(file) {}

  cursor operator[](std::string_view key) const;
  std::vector<cursor> items() const;                                ///< of a list; empty otherwise
  std::vector<std::pair<std::string, cursor>> members() const;      ///< of a map; empty otherwise
  explicit operator bool() const noexcept { return node_ != nullptr; }  ///< the key is written
  place where() const { return {*file_, node_ ? node_->at : position{}, key_}; }

  std::optional<std::string> text() const;
  std::optional<bool> boolean() const { return via(parse_boolean); }
  std::optional<int> integer() const;
  std::optional<milliseconds> duration() const;
  std::optional<byte_count> bytes() const { return via(parse_bytes); }
  std::optional<host_port> address() const;
  std::vector<std::string> texts() const;  ///< of a list of scalars

  /// Overwrites `out` where there is a value.
  template <class T>
  static void into(T& out, std::optional<T> value) {
    if (value) out = std::move(*value);
  }

 private:
  template <class F>
  auto via(F parse) const -> decltype(parse(std::string_view())) {
    const auto t = text();
    return t ? parse(*t) : decltype(parse(std::string_view()))();
  }
  const tree_node* node_;
  std::string key_;
  const std::string* file_;
};

}  // namespace edgemesh::settings
