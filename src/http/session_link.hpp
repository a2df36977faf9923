// What a session's coroutine and its actor share: the way to stop it, what `sessions` shows, whether it is over. Made
// before both, held by both. Touched on one shard's thread only. Free of CAF.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::http {

/// What can be seen of a client connection from outside.
struct session_view {
  std::string id;             ///< "s-<shard>-<number>"
  std::string client;         ///< address:port
  wall_time opened{};
  std::uint64_t requests = 0; ///< begun on this connection
  bool busy = false;          ///< a request is in progress
  std::string request_id, route, model, backend;  ///< of the current request
  std::string key;            ///< id of the key that asks; "" without keys
  wall_time request_started{};
  std::uint64_t bytes_out = 0;  ///< of the current request
  bool streaming = false;
};

/// What becomes of a connection that this node has lent to another one.
enum class lent_event : unsigned char {
  taken,  ///< a request came
  idle,   ///< it was answered
  ended   ///< the last word
};
/// Called on the shard's thread.
using lent_watch = std::function<void(lent_event)>;

struct session_link {
  boost::asio::cancellation_signal stop;  ///< emit terminal only, on the shard's thread, if !over
  session_view view;
  std::optional<node_key> peer;  ///< the node at the other end: an accepted connection of listen.peer
  lent_watch lent;               ///< set: this node dialled, and serves on it all the same
  bool is_join = false;          ///< one that nobody knows yet: it may join or introduce itself, and nothing else
  bool draining = false;  ///< close after the current request
  bool over = false;
};

}  // namespace edgemesh::http
