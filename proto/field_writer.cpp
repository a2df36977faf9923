#include "proto/field_writer.hpp"

#include <algorithm>
#include <msgpack/pack.hpp>

#include "proto/big_endian.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {
namespace {

struct string_end {
  std::string& out;
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};

/// `call(packer)` appends to `out`.
template <class Call>
void pack(std::string& out, Call call) {
  string_end end{out};
  msgpack::packer<string_end> packer(end);
  call(packer);
}

}  // namespace

void write_natural(std::string& out, std::uint64_t value) {
  pack(out, [&](auto& p) { p.pack_uint64(value); });
}
void write_flag(std::string& out, bool value) {
  pack(out, [&](auto& p) { value ? p.pack_true() : p.pack_false(); });
}
void write_text(std::string& out, std::string_view value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  pack(out, [&](auto& p) { p.pack_str(size).pack_str_body(value.data(), size); });
}
void write_bytes(std::string& out, std::string_view value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  pack(out, [&](auto& p) { p.pack_bin(size).pack_bin_body(value.data(), size); });
}
void write_array_head(std::string& out, std::size_t count) {
  pack(out, [&](auto& p) { p.pack_array(static_cast<std::uint32_t>(count)); });
}

void field_writer::begin(int key) {
  ++count_;
  write_natural(out_, static_cast<std::uint64_t>(key));
}

void field_writer::natural(int key, std::uint64_t value, std::optional<std::uint64_t> usual) {
  if (usual && value == *usual) return;
  begin(key);
  write_natural(out_, value);
}

void field_writer::flag(int key, bool value, bool usual) {
  if (value == usual) return;
  begin(key);
  write_flag(out_, value);
}

void field_writer::text(int key, std::string_view value) {
  if (value.empty()) return;
  begin(key);
  write_text(out_, value);
}

void field_writer::bytes(int key, std::string_view value) {
  if (value.empty()) return;
  begin(key);
  write_bytes(out_, value);
}

void field_writer::texts(int key, std::span<const std::string> values, std::size_t count_max) {
  each(key, values.first(std::min(values.size(), count_max)), write_text);
}

void field_writer::bytes_list(int key, std::span<const std::string> values, std::size_t count_max) {
  each(key, values.first(std::min(values.size(), count_max)), write_bytes);
}

void field_writer::words(int key, std::span<const std::uint64_t> values) {
  std::string packed;
  packed.reserve(values.size() * 8);
  for (const auto v : values) append_big_endian(packed, v);
  bytes(key, packed);
}

void field_writer::finish() {
#ifdef EDGEMESH_WIRE_NEXT
  text(field_key_max, "from a later version");
#endif
  std::string head;
  pack(head, [&](auto& p) { p.pack_map(count_); });
  out_.insert(start_, head);
}

}  // namespace edgemesh::proto
