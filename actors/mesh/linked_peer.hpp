// What the links actor holds about one other node. Actor only.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "actors/mesh/mesh_interfaces.hpp"
#include "resilience/backoff.hpp"

namespace edgemesh::actors {

/// A connection that is a link, or becomes one.
struct open_link {
  std::uint64_t id = 0;
  bool is_dialled = false, is_up = false, is_leaving = false;
  std::shared_ptr<wire> connection;
  link_actor actor;
  instant since{};
  std::shared_ptr<const proto::hello> theirs;
  std::uint8_t version = 0;
  std::optional<milliseconds> clock_ahead;
};

/// A second connection to the same node, until it is known which one stays.
struct newcomer {
  bool is_dialled = false;
  std::shared_ptr<wire> connection;
  instant until{};
  bool asks_old = false;  // whether the first one lives
};

/// The life at the other end of a link that gave way to a crossing one. Who greets on that one is the same life, or a second node with its key.
struct displaced_life {
  std::string instance;
  instant until{};  // afterwards it may have ended unnoticed, and another one begun
};

struct linked_peer {
  known_node node;
  bool is_wanted = false;
  membership::member_state liveness = membership::member_state::unknown;
  resilience::backoff pauses;
  instant next_dial{};
  instant dialling_until{};  // zero: not dialling
  std::optional<open_link> link;
  std::optional<newcomer> waiting;
  std::optional<displaced_life> displaced;
  instant twin_until{};      // a second node with its key was seen: until then a newcomer is no crossing
  bool is_dialled_at_once = false;  // when its link is gone: one of the two nodes has a new key
  std::string problem;
};

}  // namespace edgemesh::actors
