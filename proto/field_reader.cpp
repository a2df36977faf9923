#include "proto/field_reader.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "proto/big_endian.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {

bool is_label(std::string_view text) noexcept {
  return !text.empty() && text.size() <= label_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_plain_text(std::string_view text, std::size_t size_max) noexcept {
  return text.size() <= size_max && std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }) &&
         utf8::valid(text);
}

const wire_value* field_reader::find(int key) const noexcept {
  if (map_.is != wire_value::form::map) return nullptr;
  const auto* v = &map_ + 1;
  for (std::uint32_t i = 0; i < map_.count; ++i, v += v->span)
    if (v->key == key) return v;
  return nullptr;
}

void field_reader::flag(int key, bool& out) noexcept {
  if (const auto* v = find(key)) {
    if (v->is == wire_value::form::boolean) out = v->number != 0;
    else refuse(key);
  }
}

void field_reader::label(int key, std::string& out) {
  if (const auto* v = find(key)) {
    if (v->is == wire_value::form::text && (v->count == 0 || is_label(v->view()))) out = v->view();
    else refuse(key);
  }
}

void field_reader::text(int key, std::string& out, std::size_t size_max) {
  if (const auto* v = find(key)) {
    if (v->is == wire_value::form::text && is_plain_text(v->view(), size_max)) out = v->view();
    else refuse(key);
  }
}

void field_reader::bytes(int key, std::string& out, std::size_t size_max) {
  if (const auto* v = find(key)) {
    if (v->is == wire_value::form::bytes && v->count <= size_max) out = v->view();
    else refuse(key);
  }
}

void field_reader::texts(int key, std::vector<std::string>& out, std::size_t count_max, std::size_t size_max) {
  each(key, count_max, [&](const wire_value& v) {
    const bool fits = v.is == wire_value::form::text && v.count != 0 && is_plain_text(v.view(), size_max);
    if (fits) out.emplace_back(v.view());
    return fits;
  });
}

void field_reader::bytes_list(int key, std::vector<std::string>& out, std::size_t count_max, std::size_t size_max) {
  each(key, count_max, [&](const wire_value& v) {
    const bool fits = v.is == wire_value::form::bytes && v.count != 0 && v.count <= size_max;
    if (fits) out.emplace_back(v.view());
    return fits;
  });
}

void field_reader::words(int key, std::vector<std::uint64_t>& out, std::size_t count_max) {
  const auto* v = find(key);
  if (v == nullptr) return;
  if (v->is != wire_value::form::bytes || v->count % 8 != 0 || v->count / 8 > count_max) return refuse(key);
  out.reserve(v->count / 8);
  for (std::size_t at = 0; at < v->count; at += 8) out.push_back(big_endian_at<std::uint64_t>(v->view(), at));
}

error field_reader::fault(std::string_view what) const {
  return error{std::string(what) + ": field " + std::to_string(refused_) + " is missing or out of bounds"};
}

}  // namespace edgemesh::proto
