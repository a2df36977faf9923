// The admin pages about the mesh, as JSON (forms: cli/mesh_commands.hpp). Pure.
#pragma once
#include <string>
#include <vector>

#include "actors/mesh/mesh_interfaces.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

/// What the mesh's actors say at one moment.
struct mesh_picture {
  mesh_report mesh;
  membership_report membership;
  std::vector<link_view> links;
  settings::advertised advertised;
  std::string listen_mesh, listen_peer;
  std::vector<std::pair<key_standing, std::uint64_t>> refusals;  ///< handshakes at this node's listeners
};

std::string peers_page(const mesh_picture& p, instant now, std::int64_t wall_ms);
std::string mesh_page(const mesh_picture& p);
std::string no_mesh_page(const std::string& node);
std::string timestamp_of(std::int64_t unix_ms);

}  // namespace edgemesh::actors
