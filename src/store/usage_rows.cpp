#include "store/usage_rows.hpp"

#include <algorithm>

namespace edgemesh::store {

namespace {

constexpr std::size_t number_size = 8;

/// Names hold no zero bytes: they are labels, ids and model names without control characters. One that does is cut off there.
void append_name(std::string& out, std::string_view name) {
  out.append(name.substr(0, name.find('\0')));
  out += '\0';
}

std::optional<std::string_view> take_name(std::string_view& rest) {
  const auto end = rest.find('\0');
  if (end == rest.npos) return std::nullopt;
  const auto name = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return name;
}

}  // namespace

std::string write_number(std::uint64_t number) {
  std::string out(number_size, '\0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, number >>= 8) *at = static_cast<char>(number & 0xff);
  return out;
}

std::optional<std::uint64_t> read_number(std::string_view key) {
  if (key.size() != number_size) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : key) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

std::string row_prefix(usage_interval interval, std::int64_t begin) {
  return std::string(1, static_cast<char>(interval)) + write_number(static_cast<std::uint64_t>(std::max<std::int64_t>(0, begin)));
}

std::string write_row_key(const row_key& row) {
  auto out = row_prefix(row.interval, row.begin);
  const auto& name = row.name;
  for (const auto* part : {&name.key, &name.group, &name.model, &name.backend, &name.node, &name.site}) append_name(out, *part);
  return row.origin.is_zero() ? out : out.append(row.origin.view());
}

std::optional<row_key> read_row_key(std::string_view key) {
  if (key.size() < 1 + number_size || static_cast<std::uint8_t>(key[0]) >= usage_interval_count) return std::nullopt;
  row_key out;
  out.interval = static_cast<usage_interval>(key[0]);
  out.begin = static_cast<std::int64_t>(*read_number(key.substr(1, number_size)));
  auto rest = key.substr(1 + number_size);
  for (auto* part : {&out.name.key, &out.name.group, &out.name.model, &out.name.backend, &out.name.node, &out.name.site}) {
    const auto name = take_name(rest);
    if (!name) return std::nullopt;
    *part = *name;
  }
  if (rest.empty()) return out;
  const auto origin = store_id::from_bytes(rest);
  if (!origin) return std::nullopt;
  out.origin = *origin;
  return out;
}

}  // namespace edgemesh::store
