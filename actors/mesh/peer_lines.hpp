// The door from shards to the connections that other nodes lend (http/lent_stash.hpp), which live on the control loop.
#pragma once
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"
#include "net/mesh_connection.hpp"

namespace edgemesh::actors {

class peer_lines {
 public:
  using taker = std::function<void(std::optional<net::detached_connection>)>;
  virtual ~peer_lines() = default;
  /// Any thread. `take` is called once, within `patience` and the time that two threads need, on the control loop: with nothing when
  /// the node lends none.
  virtual void borrow(const node_key& lender, milliseconds patience, taker take) = 0;
  /// Any thread: a borrowed one whose answer is complete.
  virtual void give_back(net::detached_connection connection) = 0;
};

}  // namespace edgemesh::actors
