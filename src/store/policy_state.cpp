#include "store/policy_state.hpp"

#include <algorithm>

namespace edgemesh::store {

namespace {

constexpr std::string_view store_id_key = "store.id", former_ids_key = "store.former";
constexpr std::size_t former_max = 64;  // the latest; a store that is copied that often has other troubles
constexpr char body_version = 1;

error damaged(std::string_view key, std::string_view why) {
  return error{"the store's record of " + std::string(key.substr(0, 1) == "g" ? "group " : "key ") + std::string(key.substr(key.empty() ? 0 : 1)) + " " + std::string(why)};
}

result<policy_row> read_row(std::string_view key, std::string_view value) {
  if (key.size() < 2 || (key[0] != 'k' && key[0] != 'g')) return error{"the store has a policy record with a damaged name"};
  if (value.empty()) return damaged(key, "is empty: the store is damaged, restore it from a backup");
  if (value[0] != body_version) return damaged(key, "was written by a later version of edgemesh");
  auto body = proto::read_policy(value.substr(1));
  if (!body) return damaged(key, "is damaged: " + body.error().message);
  return policy_row{key[0] == 'g', std::string(key.substr(1)), std::move(*body)};
}

result<std::vector<store_id>> load_former(const store& from) {
  const auto kept = from.get(family::node, former_ids_key);
  if (!kept) return kept.error();
  std::vector<store_id> out;
  for (std::string_view rest = *kept ? std::string_view(**kept) : std::string_view(); !rest.empty(); rest.remove_prefix(std::min(rest.size(), store_id::size))) {
    const auto id = store_id::from_bytes(rest.substr(0, store_id::size));
    if (!id) return error{"the store's former ids are damaged: restore it from a backup"};
    out.push_back(*id);
  }
  return out;
}

}  // namespace

result<std::vector<policy_row>> load_policies(const store& from) {
  std::vector<policy_row> out;
  result<void> read;
  const auto scanned = from.scan(family::policy, {}, [&](std::string_view key, std::string_view value) {
    auto row = read_row(key, value);
    if (row) out.push_back(std::move(*row));
    else read = row.error();
    return static_cast<bool>(read);
  });
  if (!scanned) return scanned.error();
  if (!read) return read.error();
  return out;
}

change policy_change(const policy_row& row) {
  return {family::policy, proto::policy_name(row), std::string(1, body_version) + proto::write_policy(row.body)};
}

result<named_store> load_or_make_store_id(store& in, const store_id& fresh) {
  const auto kept = in.get(family::node, store_id_key);
  if (!kept) return kept.error();
  auto former = load_former(in);
  if (!former) return former.error();
  if (*kept) {
    const auto id = store_id::from_bytes(**kept);
    if (!id) return error{"the store's own id is damaged: restore it from a backup"};
    return named_store{*id, false, std::move(*former)};
  }
  if (auto written = in.write({{family::node, std::string(store_id_key), std::string(fresh.view())}}, durability::synced); !written) return written.error();
  return named_store{fresh, true, std::move(*former)};
}

result<void> replace_store_id(store& in, const store_id& fresh) {
  auto now = load_or_make_store_id(in, fresh);
  if (!now) return now.error();
  if (now->id == fresh) return {};
  std::string former;
  for (const auto& id : now->former) former += id.view();
  former += now->id.view();
  if (former.size() > former_max * store_id::size) former.erase(0, store_id::size);
  return in.write({{family::node, std::string(store_id_key), std::string(fresh.view())}, {family::node, std::string(former_ids_key), former}}, durability::synced);
}

result<void> forget_store_id(store& in) { return in.write({{family::node, std::string(store_id_key), std::nullopt}}, durability::synced); }

}  // namespace edgemesh::store
