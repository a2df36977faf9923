// What the records say about the other nodes and their backends, as routing needs it: offers that this node may use, classes lowered to
// clearances. A snapshot: immutable once it is handed on; rows share the parsed contents. Made by mesh_catalogue. Pure.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/data_class.hpp"
#include "proto/records.hpp"
#include "replication/record_table.hpp"
#include "replication/roster.hpp"

namespace edgemesh::replication {

struct remote_node {
  member who;
  proto::node_body body;          ///< defaults while stamp_ms is 0
  std::int64_t stamp_ms = 0;      ///< of its description; 0: it is a member, but has not described itself
};
struct remote_backend {
  node_key owner;
  std::string node, site;         ///< of the owner
  proto::backend_body body;
  class_level data_class = 0;     ///< the lower of the backend's and its node's clearance; the lowest for a class that was not
                                  ///< configured, and for names that are not known here
  std::int64_t stamp_ms = 0;
  std::shared_ptr<const proto::backend_content> content;  ///< null while it is not here
};
/// A backend that has a configured id, whoever it is offered to: who else uses the same limit.
struct shared_backend {
  node_key owner;
  std::string name, id;
  std::uint64_t incarnation = 0;  ///< of the owner's life that says so
  int limit = 0;                  ///< configured; 0: none
  int share = 0;
  std::uint64_t claim = 0;
  std::vector<std::uint64_t> seen;
};
struct mesh_view {
  std::vector<remote_node> nodes;        ///< by name, without this node
  std::optional<member> self;            ///< this node's own membership; none: it has ended
  std::vector<remote_backend> backends;  ///< by node and name
  std::vector<shared_backend> shared;    ///< by node and name
};
using content_source = std::function<const std::string*(const content_hash&)>;

/// Every backend of other members that is offered to this node (`self`: `site` offers are for its site), gone ones left out. Reads the
/// whole table: for a view after each change keep a mesh_catalogue.
mesh_view view_of(const record_table& table, const roster& members, const member& self, const data_classes& classes,
                  const content_source& content, std::int64_t now_s);

}  // namespace edgemesh::replication
