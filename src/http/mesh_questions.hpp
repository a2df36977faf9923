// What a member asks another one about itself: POST /mesh/v1/ask on listen.peer. A door of the mesh (ports.hpp) that answers such
// questions is one of these too.
#pragma once
#include <functional>
#include <string>

#include "domain/mesh_ids.hpp"
#include "http/ports.hpp"

namespace edgemesh::http {

struct mesh_question {
  std::string body;  ///< at most 4 KiB, not looked at
  node_key from;     ///< a member at this moment
};

class mesh_questions {
 public:
  virtual ~mesh_questions() = default;
  /// Called on a shard's thread. `reply` is called exactly once, within 3 s, on any thread.
  virtual void ask(mesh_question question, std::function<void(admin_answer)> reply) = 0;
};

}  // namespace edgemesh::http
