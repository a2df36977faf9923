// Appends JSON to a string: commas are placed by the writer. Pure; one thread.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::json {

/// Appends `text` as a JSON string. Invalid UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);
/// `raw` without insignificant white space; key order and number spelling stay. `raw` is valid JSON.
std::string compacted(std::string_view raw);

class writer {
 public:
  explicit writer(std::string& out) noexcept : out_(out) {}
  writer& begin_object();
  writer& end_object();
  writer& begin_array();
  writer& end_array();
  writer& key(std::string_view name);
  writer& string(std::string_view text);
  writer& integer(std::int64_t v);
  writer& number(double v);  ///< null for NaN and infinity
  writer& thousandths(std::int64_t v);  ///< v / 1000, exactly: 1500 is 1.5
  writer& boolean(bool v);
  writer& null();
  writer& raw(std::string_view json);  ///< must be valid JSON

  writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  writer& member(std::string_view name, const char* text) { return key(name).string(text); }
  writer& member(std::string_view name, bool v) { return key(name).boolean(v); }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  writer& member(std::string_view name, I v) { return key(name).integer(static_cast<std::int64_t>(v)); }
  writer& member(std::string_view name, double v) { return key(name).number(v); }

 private:
  void separate();
  std::string& out_;
  bool comma_ = false;
};

}  // namespace edgemesh::json
