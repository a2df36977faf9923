// Idle connections of one shard to its backends, kept for the next attempt. One thread. Limits: idle_per_target_max each,
// idle_max together, idle_time; a connection is checked before it is handed out.
#pragma once
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/ticker.hpp"
#include "net/upstream_connection.hpp"

namespace edgemesh::net {

struct pool_options {
  std::size_t idle_per_target_max = 512;
  std::size_t idle_max = 1024;
  milliseconds idle_time{30000};  ///< many servers close after 5 s: the check before use and one replay cover that
};

class connection_pool {
 public:
  connection_pool(ticker& ticks, pool_options options = {}) : ticks_(ticks), options_(options) {}

  /// The most recently used idle connection of this key that is still usable, or null.
  std::unique_ptr<upstream_connection> take(std::uint64_t pool_key);
  void give_back(std::uint64_t pool_key, std::unique_ptr<upstream_connection> connection, instant now);
  void clear() { idle_.clear(); count_ = 0; sweeper_.reset(); }
  std::size_t size() const noexcept { return count_; }

 private:
  struct idle_connection {
    std::unique_ptr<upstream_connection> connection;
    instant since;
  };
  struct sweeper final : ticker::client {  // exists only while something is idle
    sweeper(ticker& t, connection_pool& p) : client(t), pool(p) {}
    void tick(instant now) override { pool.drop_older_than(now - pool.options_.idle_time); }
    connection_pool& pool;
  };
  void drop_older_than(instant limit);

  ticker& ticks_;
  pool_options options_;
  std::unordered_map<std::uint64_t, std::vector<idle_connection>> idle_;  // oldest first
  std::size_t count_ = 0;
  std::unique_ptr<sweeper> sweeper_;
};

}  // namespace edgemesh::net
