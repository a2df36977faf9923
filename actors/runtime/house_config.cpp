#include "actors/runtime/house_config.hpp"

namespace edgemesh::actors {

house_config::house_config() {
  config_file_path.clear();
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
  set("scheduler.max-throughput", std::size_t{64});
}

}  // namespace edgemesh::actors
