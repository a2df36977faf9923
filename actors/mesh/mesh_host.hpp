// A node's part in its mesh: makes the mesh's actors, listens for other nodes, and connects both with the rest of the node. Made and
// used on the control loop's thread (or before it runs). Its membership loop outlives the actor system, so the node owns that.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/mesh/id_shares.hpp"
#include "actors/mesh/join_service.hpp"
#include "actors/mesh/member_gate.hpp"
#include "actors/mesh/mesh_admin.hpp"
#include "actors/mesh/mesh_door.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/mesh/mesh_life.hpp"
#include "actors/mesh/peer_targets.hpp"
#include "actors/mesh/remote_rows.hpp"
#include "actors/runtime/event_loop.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "http/mesh_facts.hpp"
#include "net/mesh_acceptor.hpp"
#include "net/mesh_dial.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

struct mesh_host_deps {
  event_loop& control;
  event_loop& membership_loop;   ///< not started yet
  caf::actor_system& system;
  core_unit& control_unit;
  net::name_resolver& resolver;
  settings::node_settings settings;
  std::unique_ptr<mesh_life> life;
  /// Called on the control loop.
  std::function<void(std::shared_ptr<const http::mesh_facts>)> facts_are;
  std::function<void(net::mesh_connection)> peer_arrived;  ///< on listen.peer: a forwarded request's connection, or a joiner's
  std::uint64_t seed = 1;
};

class mesh_host {
 public:
  explicit mesh_host(mesh_host_deps deps);
  ~mesh_host();
  mesh_host(const mesh_host&) = delete;
  mesh_host& operator=(const mesh_host&) = delete;

  /// Errors say which address cannot be had.
  result<void> listen();
  /// The directory exists; the control loop does not run yet.
  void start(directory_actor directory);
  /// From the directory: a backend of this node as it is now, or that it is gone. Control loop.
  void own_backend_is(const routing::backend_row& row, const backend_view& view);
  void own_backend_gone(const std::string& name);
  void draining();
  /// Tells the others, forgets mesh, records and key, and ends this node's part; `done` hears whether the disk has forgotten. The node
  /// serves on alone. Control loop.
  void leave(std::function<void(bool)> done);
  /// Ends listeners and actors; the loops still run. Harmless when repeated.
  void stop();

  std::string mesh_address() const { return bound_mesh_.to_string(); }
  std::string peer_address() const { return bound_peer_.to_string(); }
  mesh_door& door() noexcept { return door_; }
  /// How this node reaches the listen.peer of another one; null while it does not. Control loop.
  std::shared_ptr<const net::upstream_target> target_of(const replication::remote_node& node);
  mesh_admin& admin() noexcept { return admin_; }
  const replicator_actor& replicator() const noexcept { return replicator_; }
  const membership_actor& membership() const noexcept { return membership_; }
  const links_actor& links() const noexcept { return links_; }

 private:
  result<void> listen_at(const host_port& at, const char* key, const std::vector<net::mesh_protocol>& offered, host_port& bound);
  void arrived(net::mesh_connection connection);
  void dial(links_actor links, const node_key& peer, const std::string& address);
  std::shared_ptr<wire> make_wire(net::mesh_connection connection, const node_key& peer, bool is_dialled) const;
  void spawn_membership_actor();
  void spawn_heartbeat_actor();
  void spawn_replicator_actor();
  void spawn_links_actor();
  void describe();
  void members_are(std::vector<node_key> members);
  void liveness_is(const membership::state_changed& change);
  void view_is(std::shared_ptr<const replication::mesh_view> view);
  void share(const std::string& name);
  void tell_backend(const std::string& name);
  void tell_routes();
  void tell_facts();
  void forget(std::function<void(bool)> done);
  net::key_gate gate() const;
  std::optional<node_role> role_of(const node_key& key) const;

  mesh_host_deps deps_;
  node_key self_;
  std::shared_ptr<member_gate> gate_ = std::make_shared<member_gate>();
  std::shared_ptr<const net::mesh_tls> link_client_;
  std::vector<std::shared_ptr<net::mesh_acceptor>> acceptors_;
  std::map<node_key, std::shared_ptr<net::mesh_dial>> dials_;  // at most one per member
  host_port bound_mesh_, bound_peer_;
  core_unit membership_unit_;
  directory_actor directory_;
  store_actor store_;
  membership_actor membership_;
  replicator_actor replicator_;
  links_actor links_;
  heartbeat_actor heartbeats_;
  std::shared_ptr<routing::path_watch> path_watch_;
  peer_targets targets_;
  join_service joining_;
  mesh_door door_;
  mesh_admin admin_;
  remote_rows rows_;
  /// A backend of this node as it was described last.
  struct described {
    proto::backend_body body;
    std::shared_ptr<const proto::backend_content> content;
    std::shared_ptr<backend_cell> cell;
  };
  std::map<std::string, described> described_;
  id_shares shares_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  boost::asio::steady_timer farewell_;
  bool is_draining_ = false, has_left_ = false;
  const std::string instance_;
};

}  // namespace edgemesh::actors
