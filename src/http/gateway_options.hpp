// What the settings say about serving clients. An immutable snapshot; a request keeps the one that it began with.
#pragma once
#include <cstddef>
#include <string>

#include "admission/page_guard.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "openai/chunk_writer.hpp"
#include "resilience/attempt_policy.hpp"
#include "resilience/stall_timers.hpp"

namespace edgemesh::http {

struct gateway_options {
  std::string node_name;                      ///< x-edgemesh-node
  std::string node_instance;                  ///< random per start, 16 hex digits: loop detection in x-edgemesh-hops
  std::size_t head_bytes_max = 32u << 10;     ///< limits.head
  int headers_max = 100;                      ///< limits.headers
  std::size_t body_bytes_max = 64'000'000;    ///< limits.body
  int json_depth_max = 64;                    ///< limits.json_depth
  int connections_max = 10000;                ///< limits.connections, per node
  std::size_t parse_on_shard_bytes_max = 1u << 20;  ///< larger bodies are parsed on a worker thread
  milliseconds commit_patience{10000};        ///< commit.patience: a silent stream's head goes out after this
  milliseconds comment_interval{15000};       ///< `: ` keep-alive comments
  std::size_t held_bytes_max = 64u << 10;     ///< events held before the commit point; above it they count as content
  int held_events_max = 64;
  std::size_t stream_buffer_max = 256u << 10; ///< unsent bytes to a slow reader before the upstream is paused
  resilience::timeout_options timeouts;
  resilience::attempt_options attempts;
  openai::reasoning_key reasoning = openai::reasoning_key::reasoning_content;
  admission::page_guard guard{admission::page_guard_options{}};
};

}  // namespace edgemesh::http
