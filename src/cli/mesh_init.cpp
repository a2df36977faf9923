#include "base/timestamp.hpp"
#include "cli/mesh_commands.hpp"
#include "cli/terminal.hpp"
#include "domain/mesh_ids.hpp"
#include "net/mesh_identity.hpp"
#include "net/secure_random.hpp"
#include "proto/records.hpp"
#include "replication/renewal.hpp"
#include "store/mesh_state.hpp"

namespace edgemesh::cli {
namespace {

/// Before this no build of this program existed: a clock that says so is wrong, and would date the founding record for good.
constexpr wall_time earliest = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// Who founds which mesh, as its first record says.
result<mesh_id> found(const settings::node_settings& node, store::store& disk, wall_time now) {
  if (now < earliest) return error{"this machine's clock says " + timestamp(now) + ": set it first"};
  const auto known = store::load_mesh_state(disk);
  if (!known) return known.error();
  if (*known) return error{"this node is in the mesh " + (*known)->id.to_hex() + " already; `edgemesh mesh invite` brings others into it"};
  const auto identity = net::load_or_make_identity(settings::identity_file_of(node).string());
  if (!identity) return identity.error();
  const auto unix_ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
  const auto incarnation = store::next_incarnation(disk, std::chrono::floor<seconds>(unix_ms).count());
  if (!incarnation) return incarnation.error();

  const auto id = net::random_mesh_id();
  proto::member_body founder;
  founder.subject = (*identity)->own_key();
  founder.name = node.node.name;
  founder.site = node.node.site;
  founder.role = node_role::full;
  founder.clearance = node.data_classes.name_of(node.data_classes.highest());
  founder.not_after = std::chrono::floor<seconds>(unix_ms).count() + replication::founding_term_s;
  const auto record = proto::seal({**identity, id, {*incarnation, 1}, unix_ms.count()}, founder);
  if (auto saved = store::save_mesh_founding(disk, {id, (*identity)->hash(record.raw), record.raw}, {}); !saved) return saved.error();
  return id;
}

}  // namespace

exit_code init_mesh(const configuration_options& options) {
  const auto node = load_or_complain(options);
  if (!node) return exit_code::usage;
  const auto disk = store::open_store(settings::store_folder_of(*node));
  if (!disk) {
    complain(printable(disk.error().message));
    return exit_code::failed;
  }
  const auto id = found(*node, **disk, std::chrono::system_clock::now());
  if (!id) {
    complain(printable(id.error().message));
    return exit_code::failed;
  }
  print("mesh " + id->to_hex() + ", founded by " + node->node.name + (node->node.site.empty() ? "" : " at " + node->node.site) +
        "\nstart the node with this configuration (edgemesh serve), or restart it; then `edgemesh mesh invite` brings others in\n");
  return exit_code::done;
}

}  // namespace edgemesh::cli
