#include "proto/wire_tree.hpp"

#include <array>
#include <bitset>
#include <msgpack/null_visitor.hpp>
#include <msgpack/unpack.hpp>

#include "proto/limits.hpp"

namespace edgemesh::proto {
namespace {

using form = wire_value::form;
using value_list = boost::container::small_vector<wire_value, 48>;

/// Called by the parser for each value; false ends the parse. Base functions that are not hidden here accept.
class tree_builder : public msgpack::null_visitor {
 public:
  tree_builder(value_list& values, std::size_t values_max) : values_(values), values_max_(values_max) {}

  bool visit_nil() { return add(form::other); }
  bool visit_float32(float) { return add(form::other); }
  bool visit_float64(double) { return add(form::other); }
  bool visit_ext(const char*, std::uint32_t) { return add(form::other); }
  bool visit_boolean(bool v) { return add_number(form::boolean, v); }
  bool visit_positive_integer(std::uint64_t v) { return awaits_key_ ? take_key(v) : add_number(form::natural, v); }
  /// The parser calls this for every signed form, whatever its value.
  bool visit_negative_integer(std::int64_t v) {
    if (v >= 0) return visit_positive_integer(static_cast<std::uint64_t>(v));
    return add_number(form::negative, static_cast<std::uint64_t>(v));
  }
  bool visit_str(const char* data, std::uint32_t size) { return add_data(form::text, data, size); }
  bool visit_bin(const char* data, std::uint32_t size) { return add_data(form::bytes, data, size); }

  bool start_array(std::uint32_t count) { return open(form::array, count); }
  bool end_array() { return close(); }
  bool start_map(std::uint32_t pairs) { return open(form::map, pairs); }
  bool end_map() { return close(); }
  bool start_map_key() { return awaits_key_ = true; }

 private:
  struct level {
    std::size_t value = 0;
    std::bitset<field_key_max + 1> keys;
  };
  bool add(form is) {
    if (awaits_key_ || values_.size() == values_max_) return false;
    auto& v = values_.emplace_back();
    v.is = is;
    v.key = key_;
    return true;
  }
  bool add_number(form is, std::uint64_t number) {
    if (!add(is)) return false;
    values_.back().number = number;
    return true;
  }
  bool add_data(form is, const char* data, std::uint32_t size) {
    if (!add(is)) return false;
    values_.back().count = size;
    values_.back().data = data;
    return true;
  }
  bool take_key(std::uint64_t key) {
    auto& seen = levels_[depth_ - 1].keys;
    if (key > field_key_max || seen.test(key)) return false;
    seen.set(key);
    key_ = static_cast<std::uint8_t>(key);
    awaits_key_ = false;
    return true;
  }
  bool open(form is, std::uint32_t count) {
    if (depth_ == levels_.size() || !add(is)) return false;
    values_.back().count = count;
    levels_[depth_].value = values_.size() - 1;
    levels_[depth_].keys.reset();
    ++depth_;
    return true;
  }
  bool close() {
    auto& v = values_[levels_[--depth_].value];
    v.span = static_cast<std::uint32_t>(values_.size() - levels_[depth_].value);
    return true;
  }

  value_list& values_;
  std::size_t values_max_;
  std::array<level, nesting_max> levels_;
  std::size_t depth_ = 0;
  std::uint8_t key_ = 0;
  bool awaits_key_ = false;
};

}  // namespace

wire_tree::wire_tree(std::string_view bytes, std::size_t values_max) {
  if (bytes.empty()) return;
  tree_builder builder(values_, values_max);
  std::size_t end = 0;
  try {
    is_sound_ = msgpack::parse(bytes.data(), bytes.size(), end, builder) && end == bytes.size();
  } catch (const msgpack::unpack_error&) {  // an extension that claims 4 GiB
    is_sound_ = false;
  }
}

}  // namespace edgemesh::proto
