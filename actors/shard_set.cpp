#include "actors/shard_set.hpp"

namespace edgemesh::actors {

shard_set::shard_set(int count, node_shared& shared, std::size_t finished_max) {
  for (int i = 0; i < count; ++i)
    shards_.push_back(std::make_unique<shard>(i, shared, finished_max / static_cast<std::size_t>(count) + 1));
}

}  // namespace edgemesh::actors
