// One msgpack value taken apart into a flat list, without a copy of its texts and bytes. What a body, a message or a content blob
// has in common is checked here: one whole value and nothing after it, nesting_max, at most `values_max` values (memory follows what
// was read, never a count that was only claimed), keys of maps that are numbers up to field_key_max, each once. Pure.
#pragma once
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string_view>

namespace edgemesh::proto {

/// A value; those inside an array or a map follow it directly, each with all of its own.
struct wire_value {
  enum class form : std::uint8_t { other, boolean, natural, negative, text, bytes, array, map };
  form is = form::other;       ///< other: nil, floats, extensions; this version uses none of them
  std::uint8_t key = 0;        ///< inside a map
  std::uint32_t count = 0;     ///< elements of an array, pairs of a map, size of a text or bytes
  std::uint32_t span = 1;      ///< values from this one up to the next one on its level
  union {
    std::uint64_t number = 0;  ///< boolean, natural; negative: its two's complement
    const char* data;          ///< text, bytes: into what was parsed
  };
  std::string_view view() const noexcept { return {count == 0 ? "" : data, count}; }
};

class wire_tree {
 public:
  /// `bytes` must outlive the tree.
  wire_tree(std::string_view bytes, std::size_t values_max);
  wire_tree(const wire_tree&) = delete;
  wire_tree& operator=(const wire_tree&) = delete;

  bool is_sound() const noexcept { return is_sound_; }
  const wire_value& root() const noexcept { return values_.front(); }  ///< only when sound

 private:
  boost::container::small_vector<wire_value, 48> values_;
  bool is_sound_ = false;
};

}  // namespace edgemesh::proto
