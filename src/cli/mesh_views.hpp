// What a node says about its mesh, as text for people. What is missing is shown as "-"; text from the network is made printable. Pure.
#pragma once
#include <string>

#include "json/value.hpp"

namespace edgemesh::cli {

/// GET /admin/v1/mesh: mesh_commands.hpp.
std::string mesh_view(json::value status);
/// GET /admin/v1/peers: mesh_commands.hpp.
std::string peers_view(json::value list);
/// POST /admin/v1/evictions: mesh_commands.hpp.
std::string eviction_view(json::value eviction);

}  // namespace edgemesh::cli
