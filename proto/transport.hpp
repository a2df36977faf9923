// How machines reach other nodes. Two implementations: CAF links (actors/mesh), and the simulator's network. The caller's
// thread is the one of the machine that it serves; nothing here blocks or fails loudly: the mesh lives with loss.
#pragma once
#include "proto/messages.hpp"

namespace edgemesh::proto {

class transport {
 public:
  virtual ~transport() = default;
  /// Best effort. Without a link to `to`, one is dialled where that is possible and the message waits for it at most 1 s.
  virtual void send(const node_key& to, const message& m) = 0;
};

}  // namespace edgemesh::proto
