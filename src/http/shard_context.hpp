// What all sessions of one shard share. Lives on the shard's thread, as long as its io_context runs.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/random_source.hpp"
#include "http/ports.hpp"
#include "net/connection_pool.hpp"
#include "net/ticker.hpp"
#include "resilience/retry_budget.hpp"

namespace edgemesh::http {

struct shard_context {
  shard_context(boost::asio::io_context& loop, gateway_ports& door, int number, std::uint64_t seed)
      : io(loop), ports(door), shard(number), rng(seed), ticks(loop), pool(ticks) {}

  boost::asio::io_context& io;
  gateway_ports& ports;
  int shard;
  random_source rng;
  net::ticker ticks;
  net::connection_pool pool;
  resilience::retry_budget retries;
  std::uint64_t sessions_made = 0;

  /// `prefix` and 24 random characters of [0-9a-z].
  std::string fresh_id(std::string_view prefix) {
    std::string id;
    id.reserve(prefix.size() + 24);
    id += prefix;
    for (int half = 0; half < 2; ++half) {
      std::uint64_t random = rng.next();  // 36^12 is below 2^63
      for (int i = 0; i < 12; ++i, random /= 36) id += "0123456789abcdefghijklmnopqrstuvwxyz"[random % 36];
    }
    return id;
  }
  /// One thread for what would hold up the shard (large bodies); started when it is first needed.
  boost::asio::thread_pool& worker() {
    if (!worker_) worker_.emplace(1);
    return *worker_;
  }

 private:
  std::optional<boost::asio::thread_pool> worker_;
};

}  // namespace edgemesh::http
