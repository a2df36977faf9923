#include "store/mesh_state.hpp"

#include "domain/incarnation.hpp"

#include <algorithm>

namespace edgemesh::store {
namespace {

constexpr std::string_view id_key = "mesh.id", founding_key = "mesh.founding", first_record_key = "mesh.founding.record", incarnation_key = "incarnation";

std::string eight_bytes(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
  return out;
}

error impossible(std::string_view key) {
  return error{"the store's entry \"" + std::string(key) + "\" has an impossible size: the store is damaged, restore it from a backup"};
}

/// T{}: absent.
template <class Name>
result<std::optional<Name>> read_name(const store& from, std::string_view key) {
  auto value = from.get(family::node, key);
  if (!value) return value.error();
  if (!*value) return std::optional<Name>();
  auto out = Name::from_bytes(**value);
  if (!out) return impossible(key);
  return out;
}

result<std::uint64_t> read_incarnation(const store& from) {
  auto value = from.get(family::node, incarnation_key);
  if (!value) return value.error();
  if (!*value) return std::uint64_t{0};
  if ((*value)->size() != 8) return impossible(incarnation_key);
  std::uint64_t out = 0;
  for (const char c : **value) out = (out << 8) | static_cast<std::uint8_t>(c);
  return out;
}

void add_records(std::span<const stored_record> records, std::vector<change>& batch) {
  for (const auto& r : records)
    batch.push_back({family::records, eight_bytes(r.key), r.raw.empty() ? std::nullopt : std::optional(r.raw)});
}

}  // namespace

result<std::optional<mesh_state>> load_mesh_state(const store& from) {
  const auto id = read_name<mesh_id>(from, id_key);
  if (!id) return id.error();
  if (!*id) return std::optional<mesh_state>();
  const auto founding = read_name<content_hash>(from, founding_key);
  if (!founding) return founding.error();
  if (!*founding) return impossible(founding_key);
  const auto incarnation = read_incarnation(from);
  if (!incarnation) return incarnation.error();
  mesh_state out{**id, **founding, *incarnation, {}};
  auto first = from.get(family::node, first_record_key);
  if (!first) return first.error();
  if (*first) out.records.push_back(std::move(**first));
  const auto scanned = from.scan(family::records, "", [&](std::string_view, std::string_view raw) {
    out.records.emplace_back(raw);
    return true;
  });
  if (!scanned) return scanned.error();
  return std::optional(std::move(out));
}

result<void> save_mesh_founding(store& to, const mesh_founding& founding, std::span<const stored_record> records) {
  const auto known = read_name<mesh_id>(to, id_key);
  if (!known) return known.error();
  if (*known && **known != founding.id)
    return error{"this node is in the mesh " + (*known)->brief() + " already: leave it first (edgemesh mesh leave)"};
  std::vector<change> batch{{family::node, std::string(id_key), std::string(founding.id.view())},
                            {family::node, std::string(founding_key), std::string(founding.hash.view())},
                            {family::node, std::string(first_record_key), std::string(founding.record)}};
  add_records(records, batch);
  return to.write(batch, durability::synced);
}

result<std::uint64_t> next_incarnation(store& in, std::int64_t unix_seconds) {
  const auto last = read_incarnation(in);
  if (!last) return last.error();
  const std::uint64_t next = next_life(*last, static_cast<std::uint64_t>(std::max<std::int64_t>(unix_seconds, 0)));
  if (auto written = in.write({{family::node, std::string(incarnation_key), eight_bytes(next)}}, durability::synced); !written)
    return written.error();
  return next;
}

result<void> keep_incarnation(store& in, std::uint64_t used) {
  const auto last = read_incarnation(in);
  if (!last) return last.error();
  if (*last >= used) return {};
  return in.write({{family::node, std::string(incarnation_key), eight_bytes(used)}}, durability::synced);
}

result<void> save_records(store& to, std::span<const stored_record> records, durability how) {
  std::vector<change> batch;
  batch.reserve(records.size());
  add_records(records, batch);
  return to.write(batch, how);
}

result<void> forget_mesh(store& in) {
  std::vector<change> batch{{family::node, std::string(id_key), std::nullopt}, {family::node, std::string(founding_key), std::nullopt},
                            {family::node, std::string(first_record_key), std::nullopt}};
  const auto scanned = in.scan(family::records, "", [&](std::string_view key, std::string_view) {
    batch.push_back({family::records, std::string(key), std::nullopt});
    return true;
  });
  if (!scanned) return scanned.error();
  return in.write(batch, durability::synced);
}

}  // namespace edgemesh::store
