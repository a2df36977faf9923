// Writes msgpack: single values, and maps whose keys are field numbers. A field that has its usual value is left out, as readers
// give it that value when it is missing. Shortest forms, fields in the order of the calls (ascending keys). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edgemesh::proto {

void write_natural(std::string& out, std::uint64_t value);
void write_flag(std::string& out, bool value);
void write_text(std::string& out, std::string_view value);
void write_bytes(std::string& out, std::string_view value);
void write_array_head(std::string& out, std::size_t count);  ///< the elements follow

/// One map, appended to `out` by finish(). Nothing else may be appended in between but the values of its own fields.
class field_writer {
 public:
  explicit field_writer(std::string& out) noexcept : out_(out), start_(out.size()) {}
  field_writer(const field_writer&) = delete;
  field_writer& operator=(const field_writer&) = delete;

  /// Without a usual value the field is always there.
  void natural(int key, std::uint64_t value, std::optional<std::uint64_t> usual = 0);
  void flag(int key, bool value, bool usual = false);
  void text(int key, std::string_view value);    ///< left out when empty, as all below
  void bytes(int key, std::string_view value);
  void texts(int key, std::span<const std::string> values, std::size_t count_max);       ///< the first `count_max` of them
  void bytes_list(int key, std::span<const std::string> values, std::size_t count_max);
  void words(int key, std::span<const std::uint64_t> values);
  template <class Name>
  void name(int key, const Name& value) {
    if (!value.is_zero()) bytes(key, value.view());
  }
  /// `write(out, element)` appends one value for each.
  template <class Range, class Write>
  void each(int key, const Range& values, Write write) {
    if (values.empty()) return;
    begin(key);
    write_array_head(out_, values.size());
    for (const auto& v : values) write(out_, v);
  }
  void finish();

 private:
  void begin(int key);
  std::string& out_;
  std::size_t start_;
  std::uint32_t count_ = 0;
};

}  // namespace edgemesh::proto
