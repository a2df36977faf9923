#include "actors/runtime/house_config.hpp"

#include "actors/runtime/house_scheduler.hpp"

namespace edgemesh::actors {

house_config::house_config() {
  config_file_path.clear();
  load<house_scheduler>();
  set("scheduler.max-threads", std::size_t{1});
  set("scheduler.max-throughput", std::size_t{64});
}

}  // namespace edgemesh::actors
