#include "actors/mesh/mesh_life.hpp"

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
  auto life = std::make_unique<mesh_life>();
  life->identity = std::move(*identity);
  life->disk = std::move(*disk);
  life->root = {(*state)->id, (*state)->founding};
  life->records = read_all((*state)->records);
  life->incarnation = *incarnation;
  return life;
}

}  // namespace edgemesh::actors
