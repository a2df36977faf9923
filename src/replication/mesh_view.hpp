// What the records say about the backends of other nodes, as routing needs it: offers that this node may use, classes lowered to
// clearances, backends of one configured id brought together. Pure.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "domain/data_class.hpp"
#include "proto/records.hpp"
#include "replication/record_table.hpp"
#include "replication/roster.hpp"

namespace edgemesh::replication {

struct remote_node {
  member who;
  proto::node_body body;
  std::int64_t stamp_ms = 0;
};
struct remote_backend {
  node_key owner;
  std::string node, site;         ///< of the owner
  proto::backend_body body;
  class_level data_class = 0;     ///< the lower of the backend's and its node's clearance; unknown names count as the lowest
  std::int64_t stamp_ms = 0;
  bool content_known = false;
  proto::backend_content content;
};
struct mesh_view {
  std::vector<remote_node> nodes;        ///< by name, without this node
  std::vector<remote_backend> backends;  ///< by node and name
};
/// Every backend of other members that is offered to this node (its site, its clearance are `self`'s), gone ones left out.
mesh_view view_of(const record_table& table, const roster& members, const member& self, const data_classes& classes,
                  const std::function<const std::string*(const content_hash&)>& content, std::int64_t now_s);

}  // namespace edgemesh::replication
