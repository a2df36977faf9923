// Rows of the route table for the backends of other nodes: one per backend, with the paths to each node that holds a connection to it.
// Those of one configured id are one backend. Their cells live on from one view to the next, and so do rows that did not change: load and
// health stand in the cells, so most news from other nodes needs no new table. Control loop.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "replication/mesh_view.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::actors {

struct remote_row {
  std::string id;  ///< configured; "" when none
  std::shared_ptr<const routing::backend_row> row;
};

class remote_rows {
 public:
  /// All ways to `node`.
  using path_finder = std::function<std::vector<routing::backend_path>(const replication::remote_node& node)>;

  /// What this node may not see itself their owners would not take from it: the rows' classes are not above `own_clearance`.
  std::vector<remote_row> update(const replication::mesh_view& view, const path_finder& find, class_level own_clearance = 255);
  /// Did the last update() change more than the cells?
  bool has_changed() const noexcept { return has_changed_; }

 private:
  std::shared_ptr<routing::backend_row> make_row(const replication::remote_backend& b, std::shared_ptr<backend_cell> cell) const;
  struct made { std::shared_ptr<const routing::backend_row> row; std::shared_ptr<const proto::backend_content> content; };
  std::map<std::string, std::shared_ptr<backend_cell>> cells_;  // by id or node and name; as many as the last view had
  std::map<std::string, made> made_;                            // the same
  bool has_changed_ = false;
};

}  // namespace edgemesh::actors
