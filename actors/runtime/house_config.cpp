#include "actors/runtime/house_config.hpp"

#include "actors/mesh/own_middleman.hpp"
#include "actors/runtime/house_scheduler.hpp"
#include "base/clock.hpp"

namespace edgemesh::actors {

namespace {

// What passes on a link at least, so that its death is noticed and no NAT forgets it.
constexpr seconds heartbeat_interval{2};
constexpr seconds connection_timeout{8};

}  // namespace

house_config::house_config(std::optional<node_key> mesh_key) : mesh_key_(std::move(mesh_key)) {
  config_file_path.clear();
  load<house_scheduler>();
  set("scheduler.max-threads", std::size_t{1});
  set("scheduler.max-throughput", std::size_t{64});
  if (!mesh_key_) return;
  load<own_middleman>();
  set("middleman.heartbeat-interval", caf::timespan(heartbeat_interval));
  set("middleman.connection-timeout", caf::timespan(connection_timeout));
  set("middleman.workers", std::size_t{0});           // frames are small: read on the middleman's thread, in order
  set("middleman.attach-utility-actors", true);       // its dialler, which we do not use, gets no thread
}

}  // namespace edgemesh::actors
