// Inside a session's actor: nothing but the link that it shares with the connection's coroutine. What comes from outside
// (cancel, drain, exit, kill) reaches the coroutine through the link's signal. Actor only, on the connection's shard.
#pragma once
#include <caf/fwd.hpp>
#include <memory>

#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "http/session_link.hpp"

namespace edgemesh::actors {

struct session_deps {
  std::shared_ptr<http::session_link> link;
};

class session_state {
 public:
  using self_pointer = session_actor::stateful_pointer<session_state>;
  static inline const char* name = "session";
  explicit session_state(self_pointer self) : self_(self) {}
  ~session_state() { stop(); }  // kill destroys the state under the coroutine: this is how it learns of it
  session_state(const session_state&) = delete;
  session_state& operator=(const session_state&) = delete;

  void start(session_deps deps) { link_ = std::move(deps.link); }
  void stop();
  void stop_if_idle();
  void drain();
  void ended();

 private:
  self_pointer self_;
  std::shared_ptr<http::session_link> link_;
};

session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self, session_deps deps);
session_actor spawn_session(actor_home home, session_deps deps);

}  // namespace edgemesh::actors
