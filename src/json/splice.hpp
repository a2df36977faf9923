// Edits to JSON text that leave every other byte alone. Collect edits against one validated document, apply once. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace edgemesh::json {

class splice {
 public:
  /// `document` must outlive the splice.
  explicit splice(std::string_view document) noexcept : document_(document) {}

  /// Replaces a value by raw JSON text.
  void replace(value v, std::string raw);
  /// Removes members of `object` (spans from its members()), together with the commas that belong to them.
  /// Call once per object with all members to go.
  void remove(value object, const std::vector<member>& gone);
  /// Appends `"key":raw` as the last member of `object`. Combines with remove() on the same object, also when
  /// every old member goes. Several calls append in order.
  void append(value object, std::string_view key, std::string_view raw);

  bool empty() const noexcept { return edits_.empty() && objects_.empty(); }
  /// The edited text. Edits must not overlap, except that one inside a replaced or removed stretch has no effect.
  std::string apply() const;

 private:
  struct edit { std::size_t offset, length; std::string text; };
  struct object_edit { value object; std::vector<member> gone; std::string appended; };
  object_edit& edits_of(value object);
  void add_edits(const object_edit& change, std::vector<edit>& out) const;
  std::string_view document_;
  std::vector<edit> edits_;
  std::vector<object_edit> objects_;
};

}  // namespace edgemesh::json
