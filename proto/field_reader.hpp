// Reads the fields of a msgpack map into a struct and remembers the first that is out of bounds. A field that is missing leaves its
// target as it is; fields that nobody asks for are passed over. Pure; lives for one call.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.hpp"
#include "proto/wire_tree.hpp"

namespace edgemesh::proto {

bool is_label(std::string_view text) noexcept;  ///< [a-z0-9-]{1,63}
/// Valid UTF-8 without control characters, at most `size_max` bytes.
bool is_plain_text(std::string_view text, std::size_t size_max) noexcept;

class field_reader {
 public:
  explicit field_reader(const wire_value& map) noexcept : map_(map) {
    if (map.is != wire_value::form::map) refuse(0);
  }

  bool has(int key) const noexcept { return find(key) != nullptr; }
  void require(int key) noexcept {
    if (!has(key)) refuse(key);
  }
  /// Any number type; `max` holds for the value on the wire.
  template <class Number>
  void natural(int key, Number& out, std::uint64_t max = static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) noexcept {
    if (const auto* v = find(key)) {
      if (v->is == wire_value::form::natural && v->number <= max) out = static_cast<Number>(v->number);
      else refuse(key);
    }
  }
  /// A number that this version knows by name; one that it does not becomes `unknown`, a value over 255 is refused.
  template <class Enumeration>
  void choice(int key, Enumeration& out, Enumeration highest, Enumeration unknown) noexcept {
    auto number = static_cast<std::uint8_t>(out);
    natural(key, number);
    out = number <= static_cast<std::uint8_t>(highest) ? static_cast<Enumeration>(number) : unknown;
  }
  void flag(int key, bool& out) noexcept;
  void label(int key, std::string& out);                        ///< is_label, or ""
  void text(int key, std::string& out, std::size_t size_max);   ///< is_plain_text
  void bytes(int key, std::string& out, std::size_t size_max);
  void texts(int key, std::vector<std::string>& out, std::size_t count_max, std::size_t size_max);
  void bytes_list(int key, std::vector<std::string>& out, std::size_t count_max, std::size_t size_max);  ///< none of them empty
  void words(int key, std::vector<std::uint64_t>& out, std::size_t count_max);  ///< bytes, eight per word
  /// Keys, hashes, signatures: exactly their size.
  template <class Name>
  void name(int key, Name& out) noexcept {
    if (const auto* v = find(key)) {
      const auto n = v->is == wire_value::form::bytes ? Name::from_bytes(v->view()) : decltype(Name::from_bytes({})){};
      if (n) out = *n;
      else refuse(key);
    }
  }
  /// Calls `read` with each element; it returns whether that is in bounds.
  template <class Read>
  void each(int key, std::size_t count_max, Read read) {
    const auto* v = find(key);
    if (v == nullptr) return;
    if (v->is != wire_value::form::array || v->count > count_max) return refuse(key);
    const auto* element = v + 1;
    for (std::uint32_t i = 0; i < v->count; ++i, element += element->span)
      if (!read(*element)) return refuse(key);
  }

  void refuse(int key) noexcept {
    if (refused_ < 0) refused_ = key;
  }
  bool is_sound() const noexcept { return refused_ < 0; }
  /// Only when not sound. `what` names the thing that was read.
  error fault(std::string_view what) const;

 private:
  const wire_value* find(int key) const noexcept;
  const wire_value& map_;
  int refused_ = -1;
};

}  // namespace edgemesh::proto
