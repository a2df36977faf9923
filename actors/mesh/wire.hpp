// What a link stands on: an authenticated connection to one other node, with a descriptor at this end for BASP. The
// real one pumps between TLS and a socket pair (tls_wire.hpp); tests join two nodes of one process. On the control loop.
#pragma once
#include <functional>
#include <string>

#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

class wire {
 public:
  virtual ~wire() = default;
  /// `opened` gets BASP's descriptor, once there is something to read where this node dialled; whoever takes it owns it. `closed` is
  /// called at most once, with words, when the connection ends of itself; not after close().
  virtual void start(std::function<void(int descriptor)> opened, std::function<void(std::string why)> closed) = 0;
  /// BASP's end sees the end of its stream at once.
  virtual void close() = 0;
};

}  // namespace edgemesh::actors
