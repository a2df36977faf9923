// How old news of other nodes is when this node can act on it: from the owner's stamp to the view that routing gets. Measured on each change
// of the view; clocks that differ by some milliseconds show in it. Control loop; memory: a fixed histogram.
#pragma once
#include <cstdint>

#include "http/request_metrics.hpp"
#include "replication/mesh_view.hpp"

namespace edgemesh::actors {

class news_age {
 public:
  news_age();
  /// Both sorted as mesh_view says. What is new or newer in `after` is a sample; a node's first view after a start is none.
  void changed(const replication::mesh_view& before, const replication::mesh_view& after, std::int64_t wall_ms);
  const http::histogram& seconds_until_known() const noexcept { return ages_; }

 private:
  void sample(std::int64_t stamp_ms, std::int64_t wall_ms);
  http::histogram ages_;
};

}  // namespace edgemesh::actors
