#include "actors/mesh/mesh_life.hpp"

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "store/mesh_state.hpp"

namespace edgemesh::actors {

namespace {

std::vector<proto::sealed_record> read_all(const std::vector<std::string>& raw) {
  std::vector<proto::sealed_record> records;
  for (const auto& r : raw) {
    if (auto record = proto::read_record(r)) records.push_back(std::move(*record));
    else log::warn("stored_record_unreadable", {{"reason", record.error().message}});
  }
  return records;
}

/// When an earlier life died while its key changed: the new key takes the old one's place if that had been signed and kept. True: it had
/// not, and the change is to be begun again.
result<bool> finish_change(const std::string& file, const replication::roster::root& root, const std::vector<proto::sealed_record>& records,
                           net::shared_identity& identity) {
  if (!std::filesystem::exists(net::next_identity_file(file))) return false;
  auto next = net::load_identity(net::next_identity_file(file));
  if (!next) return next.error();
  replication::roster members(root, *identity);
  members.learn(records);
  const auto is_followed = std::ranges::any_of(records, [&](const proto::sealed_record& r) {
    if (r.head.kind != proto::record_kind::succession || r.signer != identity->own_key()) return false;
    const auto body = proto::read_succession(r);
    return body && !body->is_announced && body->new_key == (*next)->own_key();
  });
  if (!is_followed || !members.is_succeeded(identity->own_key())) return true;
  if (const auto settled = net::settle_identity_file(file); !settled) return settled.error();
  log::info("key_change_finished", {{"key", (*next)->own_key().brief()}, {"old_key", identity->own_key().brief()}});
  identity = std::move(*next);
  return false;
}

}  // namespace

result<std::unique_ptr<mesh_life>> open_mesh_life(const settings::node_settings& settings, std::int64_t unix_seconds) {
  if (!settings.in_mesh) return std::unique_ptr<mesh_life>();
  auto identity = net::load_identity(settings::identity_file_of(settings).string());
  if (!identity) return identity.error();
  auto disk = store::open_store(settings::store_folder_of(settings));
  if (!disk) return disk.error();
  const auto state = store::load_mesh_state(**disk);
  if (!state) return state.error();
  if (!*state)
    return error{settings::identity_file_of(settings).string() +
                 " holds a key, but this node is in no mesh: found one with `edgemesh mesh init`, join one with `edgemesh serve --join`, or "
                 "remove the key"};
  const auto incarnation = store::next_incarnation(**disk, unix_seconds);
  if (!incarnation) return incarnation.error();
  auto records = read_all((*state)->records);
  const auto change = finish_change(settings::identity_file_of(settings).string(), {(*state)->id, (*state)->founding}, records, *identity);
  if (!change) return change.error();
  auto life = std::make_unique<mesh_life>();
  life->identity = std::move(*identity);
  life->disk = std::move(*disk);
  life->root = {(*state)->id, (*state)->founding};
  life->records = std::move(records);
  life->is_changing_key = *change;
  life->incarnation = *incarnation;
  return life;
}

}  // namespace edgemesh::actors
