// GET /admin/v1/status: the node on one page. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "actors/backend_view.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

struct node_status {
  settings::node_identity node;
  std::string api, admin, metrics;  ///< where it really listens; metrics is "" when off
  bool is_draining = false;
  bool is_ready = false;
  double uptime_seconds = 0;
  std::uint64_t sessions = 0;
  std::uint64_t requests = 0;
  int shards = 0;
};

std::string status_page(const node_status& status, const std::vector<backend_view_ptr>& backends);

}  // namespace edgemesh::actors
