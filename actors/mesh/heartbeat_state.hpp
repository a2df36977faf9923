// Inside the heartbeat actor: asks the links on which forwarded requests wait whether their nodes live, and writes into the way's cell when
// one does not answer. Ticks only while requests are outstanding: a shard that sends the first one wakes it (path_watch). On the
// membership loop, where nothing slow happens. Actor only.
#pragma once
#include <map>
#include <memory>

#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "membership/heartbeats.hpp"

namespace edgemesh::actors {

struct heartbeat_deps {
  mesh_id mesh;
  std::shared_ptr<routing::path_watch> watch;  ///< of all ways
  membership::heartbeat_options options{};
};

class heartbeat_state {
 public:
  using self_pointer = heartbeat_actor::stateful_pointer<heartbeat_state>;
  static inline const char* name = "heartbeats";
  explicit heartbeat_state(self_pointer self) : self_(self) {}
  heartbeat_state(const heartbeat_state&) = delete;
  heartbeat_state& operator=(const heartbeat_state&) = delete;

  void start(heartbeat_deps deps);
  void on_watch(const watch_way& m);
  void on_link_down(const link_down& m);
  void on_frame(const frame_arrived& m);
  void on_busy();
  void on_due();

 private:
  struct watched { link_actor link; std::uint8_t version = 0; std::shared_ptr<routing::path_cell> way; };
  bool is_any_busy() const;
  void arm();

  self_pointer self_;
  heartbeat_deps deps_;
  std::unique_ptr<membership::heartbeats> machine_;
  std::map<node_key, watched> ways_;  // one per link
  bool is_armed_ = false;
};

heartbeat_actor::behavior_type heartbeat(heartbeat_actor::stateful_pointer<heartbeat_state> self, heartbeat_deps deps);
heartbeat_actor spawn_heartbeat(actor_home home, heartbeat_deps deps);

}  // namespace edgemesh::actors
