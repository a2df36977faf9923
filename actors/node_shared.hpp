// What all shards and the control loop of one node share beside the route table: flags and counts. Any thread; outlives
// every loop.
#pragma once
#include <atomic>
#include <cstdint>

#include "admission/memory_budget.hpp"
#include "base/clock.hpp"

namespace edgemesh::actors {

struct node_shared {
  explicit node_shared(byte_count memory_limit) : memory(memory_limit) {}
  std::atomic<bool> is_ready{false};      ///< listeners are up, the configuration is applied
  std::atomic<bool> is_draining{false};   ///< SIGTERM was received
  std::atomic<int> connections{0};        ///< open client connections
  std::atomic<std::uint64_t> requests{0}; ///< finished
  admission::memory_budget memory;
  const instant started = steady_clock::now();
};

}  // namespace edgemesh::actors
