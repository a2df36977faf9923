// One link to one other node: BASP over a socket that is ours, and the actor at this end of it. The accepting side publishes its actor
// to the dialling side; the first frame shows it who answers. Frames whose sender is not of the node that the TLS identity
// names are dropped and counted. The actor lives on the loop that it is spawned on; ports are called there.
//
// Limits: open within `opening_max`, frames of at most proto::frame_max bytes.
#pragma once
#include <caf/actor_system.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/mesh/link_interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

/// What to do after a frame from the other end.
struct heard {
  std::string answer;   ///< a frame to send back; "" for none
  std::string refusal;  ///< the link ends, and why; "" to go on
};

struct link_ports {
  /// Both ends have each other's actor. Returns the first frame that this end sends. The dialling side speaks first: without a frame
  /// from it the other end hears of nobody.
  std::function<std::string()> opened;
  std::function<heard(const std::string& bytes)> arrived;
  /// Called once, last: the link is gone, and why, for people.
  std::function<void(std::string why)> ended;
  /// Each frame that goes out; may be empty.
  std::function<void(std::string_view frame)> sent{};
};

struct link_deps {
  node_key peer;              ///< by its certificate
  std::vector<node_key> peer_before{};  ///< keys that it had before: its process may have begun under one of them
  bool is_dialled = false;    ///< by this node
  int descriptor = -1;        ///< BASP's end of a socket pair, not blocking; the link owns it from now on. A dialled one must have something to
                              ///< read: CAF takes a fresh connection without for one that timed out
  link_ports ports;
  milliseconds opening_max{5000};
};

class link_state {
 public:
  using self_pointer = link_actor::stateful_pointer<link_state>;
  static inline const char* name = "link";
  explicit link_state(self_pointer self) : self_(self) {}
  link_state(const link_state&) = delete;
  link_state& operator=(const link_state&) = delete;

  void start(link_deps deps);
  void on_frame(const std::string& bytes);
  void on_send(const send_frame& m);
  void on_opening_due();
  void on_close(const close_link& m) { end(m.why); }
  void end(std::string why);

 private:
  void publish();
  void connect();
  bool is_from_peer(const caf::strong_actor_ptr& sender);
  void met(caf::strong_actor_ptr remote);

  self_pointer self_;
  link_deps deps_;
  caf::strong_actor_ptr remote_;  // the other end's actor; null until the link is open
  bool has_ended_ = false;
};

link_actor::behavior_type link(link_actor::stateful_pointer<link_state> self, link_deps deps);
link_actor spawn_link(actor_home home, link_deps deps);

}  // namespace edgemesh::actors
