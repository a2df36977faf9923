// Backends of other nodes as the admin API shows them: what their owners said last, how old that is, and how this node gets there. Beside them
// this node's own rows, and the models with who offers each. Pure.
#pragma once
#include <string>
#include <string_view>

#include "actors/mesh/mesh_pages.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::actors {

/// What stands around the rows.
struct mesh_frame {
  const mesh_picture& picture;
  const routing::route_table& routes;
  std::int64_t wall_ms = 0;
};

/// This node's name in the mesh; "" when it is a member no longer.
std::string own_name_in(const mesh_picture& p);
/// `own`: backends_page() of this node. Its rows come first.
std::string backends_of_mesh(std::string_view own, const mesh_frame& frame);
/// A backend of another node as one row, by "node/name"; "" when it is not known here.
std::string backend_of_mesh(std::string_view full_name, const mesh_frame& frame);
/// Full names of the backends of other nodes that are called `name` there.
std::vector<std::string> full_names_of(std::string_view name, const mesh_picture& p);
/// `list`: http::model_list_body(); `backends`: backends_of_mesh(), or backends_page() outside a mesh. Each model gets "offers".
std::string models_of_mesh(std::string_view list, std::string_view backends);

}  // namespace edgemesh::actors
