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
#include "actors/mesh/introducer.hpp"
#include "actors/mesh/join_service.hpp"
#include "actors/mesh/key_change.hpp"
#include "actors/mesh/member_gate.hpp"
#include "actors/mesh/mesh_admin.hpp"
#include "actors/mesh/mesh_door.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/mesh/mesh_life.hpp"
#include "actors/mesh/mesh_traffic.hpp"
#include "actors/mesh/reach.hpp"
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
  /// A forwarded request's connection, or a joiner's; or one that this node lends, with its watch.
  std::function<void(net::mesh_connection, http::lent_watch)> peer_arrived;
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
  peer_lines& lines() noexcept { return reach_; }
  /// How another node is asked something; none while it cannot be. Control loop.
  node_question way_to_ask(const replication::remote_node& node) { return reach_.way_to_ask(node); }
  mesh_admin& admin() noexcept { return admin_; }
  /// Handshakes at this node's listeners that were refused because of the key. Any thread.
  std::uint64_t refusals(key_standing s) const noexcept { return gate_->refusals(s); }
  const replicator_actor& replicator() const noexcept { return replicator_; }
  const membership_actor& membership() const noexcept { return membership_; }
  const links_actor& links() const noexcept { return links_; }

 private:
  result<void> listen_at(const host_port& at, const char* key, const std::vector<net::mesh_protocol>& offered, host_port& bound);
  void arrived(net::mesh_connection connection);
  void dial(links_actor links, const node_key& peer, const std::string& address);
  std::shared_ptr<wire> make_wire(net::mesh_connection connection, const node_key& peer, bool is_dialled);
  void spawn_membership_actor();
  void spawn_heartbeat_actor();
  void spawn_replicator_actor();
  void spawn_links_actor();
  void describe();
  void members_are(member_gate::view view);
  void show_key(net::shared_identity next);
  void become(net::shared_identity next);
  void resume_change();
  void introduce(const node_key& peer);
  void refused_by(const node_key& peer, key_standing as);
  void liveness_is(const membership::state_changed& change);
  void view_is(std::shared_ptr<const replication::mesh_view> view);
  void share(const std::string& name);
  void tell_backend(const std::string& name);
  class_level own_clearance() const;
  void tell_routes();
  void tell_facts();
  void tell_reach();
  void forget(std::function<void(bool)> done);
  net::key_gate gate() const;
  std::optional<node_role> role_of(const node_key& key) const;
  net::key_gate entrance();

  mesh_host_deps deps_;
  node_key self_;
  const node_key born_as_;  // the key that CAF's node id of this process is made of
  std::vector<net::shared_identity> identities_;  // of this life, the present one last: machines hold references to earlier ones
  std::shared_ptr<mesh_traffic> traffic_;  // counted by links
  std::shared_ptr<member_gate> gate_ = std::make_shared<member_gate>();
  std::shared_ptr<const net::mesh_tls> link_client_;
  struct listening { std::shared_ptr<net::mesh_acceptor> acceptor; std::vector<net::mesh_protocol> offered; };
  std::vector<listening> acceptors_;
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
  reach reach_;
  join_service joining_;
  mesh_door door_;
  mesh_admin admin_;
  key_change rotation_;
  introducer introducer_;
  remote_rows rows_;
  std::pair<std::string, std::string> called_;  // name and site by the member record, as the directory was told
  /// A backend of this node as it was described last.
  struct described {
    proto::backend_body body;
    std::shared_ptr<const proto::backend_content> content;
    std::shared_ptr<backend_cell> cell;
  };
  std::map<std::string, described> described_;
  id_shares shares_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  boost::asio::steady_timer farewell_, resumption_, description_;
  bool is_draining_ = false, has_left_ = false, will_describe_ = false;
  const std::string instance_;
  std::map<node_key, key_standing> refused_by_;  // as last logged; members that do not let this node in
  std::map<key_standing, instant> refusals_logged_;
};

}  // namespace edgemesh::actors
