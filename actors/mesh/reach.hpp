// How this node reaches the others, and they it. Dials the listen.peer of those that can be dialled, uses the connections that others
// lend where it cannot, and takes a relay where there is neither. Finds out which linked nodes it cannot dial, so that they lend to it, and
// lends to those that cannot dial this node. On the control loop but for the peer_lines part. Bounded by the members of the mesh.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/mesh/dial_check.hpp"
#include "actors/mesh/lender.hpp"
#include "actors/mesh/node_questions.hpp"
#include "actors/mesh/peer_lines.hpp"
#include "actors/mesh/peer_targets.hpp"
#include "actors/runtime/event_loop.hpp"
#include "domain/data_class.hpp"
#include "http/lent_stash.hpp"
#include "membership/swim.hpp"
#include "net/mesh_identity.hpp"
#include "replication/mesh_view.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::actors {

struct reach_deps {
  event_loop& control;
  net::name_resolver& resolver;
  net::shared_identity identity;
  net::key_gate may_enter;
  resilience::timeout_options timeouts;
  data_classes classes;
  std::string own_site;                  ///< as configured; its member record's counts where there is one
  bool is_undialled = false;             ///< nobody can dial this node
  std::shared_ptr<routing::path_watch> watch;  ///< wakes whoever asks nodes at the end of busy ways whether they live
  std::function<void()> ways_changed;    ///< ways_to() may say something else of some node
  std::function<void()> told_changed;    ///< lent_to() or undialled() say something else
  std::function<void(net::mesh_connection, http::lent_watch)> serve;  ///< a connection that this node lends
  std::uint64_t seed = 1;
};

class reach final : public peer_lines {
 public:
  static constexpr std::size_t relays_max = 3;  ///< ways by a relay to one node
  static constexpr seconds names_interval{1};   ///< how often it is seen whether a name is to be looked up again

  explicit reach(reach_deps deps);
  ~reach() override;

  /// A connection of protocol lend that has come in at listen.peer.
  void lent(net::mesh_connection connection) { stash_.put(std::move(connection)); }
  void members_are(const std::vector<node_key>& members);
  /// Another node's key is followed by another one; before members_are() says so.
  void follows(const node_key& former, const node_key& next) { stash_.follow(former, next); }
  void view_is(std::shared_ptr<const replication::mesh_view> view);
  void link_is(const node_key& peer, bool is_up);
  void liveness_is(const membership::state_changed& change);
  /// A round trip to that node, smoothed.
  void measured(const node_key& peer, microseconds took);
  /// The state of the way to that node without a relay, whoever dials.
  std::shared_ptr<routing::path_cell> direct_way(const node_key& peer) { return targets_.cell_of(peer); }
  void draining();
  /// This node shows another key from now on; what others say of it goes by the old one until is_called().
  void use(const net::mesh_identity& shown);
  void is_called(const node_key& self) { self_ = self; }
  void stop();

  /// Every way to that node, the direct one first; none while it cannot be reached. Their `backend` is left empty.
  std::vector<routing::backend_path> ways_to(const replication::remote_node& node);
  /// For this node's record: to whom it lends, and whom it cannot dial.
  std::vector<node_key> lent_to() const;
  std::vector<node_key> undialled() const { return checks_.failing(); }
  /// One small HTTP exchange with that node, by a connection that is dialled or a lent one; never by a relay. None: there is neither.
  node_question way_to_ask(const replication::remote_node& node);

  // peer_lines
  void borrow(const node_key& lender, milliseconds patience, taker take) override;
  void give_back(net::detached_connection connection) override;

 private:
  using cell = std::shared_ptr<routing::path_cell>;
  const replication::remote_node* find(const node_key& key) const;
  bool is_there(const node_key& key) const;
  std::shared_ptr<const net::upstream_target> dialled(const replication::remote_node& node);
  std::shared_ptr<const net::upstream_target> lent_target(const replication::remote_node& node);
  bool reaches(const replication::remote_node& relay, const replication::remote_node& node) const;
  std::vector<const replication::remote_node*> relays_to(const replication::remote_node& node);
  const cell& relayed_cell(const node_key& to, const node_key& via);
  void judge_relayed(instant now);
  void look_names_up();
  void lend();
  using target = std::shared_ptr<const net::upstream_target>;
  boost::asio::awaitable<dialects::probe_reply> ask_over_lent(target to, dialects::probe_request question);

  reach_deps deps_;
  node_key self_;
  peer_targets targets_;
  http::lent_stash stash_;
  lender lender_;
  dial_check checks_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  std::set<node_key> linked_, gone_;  // gone: suspect, dead, left
  std::map<node_key, std::shared_ptr<const net::upstream_target>> lent_targets_;
  std::map<std::pair<node_key, node_key>, cell> relayed_;  // (node, relay)
  std::uint64_t last_lent_key_ = std::uint64_t{3} << 62;   // apart from those of peer_targets
  boost::asio::steady_timer names_;
  bool is_draining_ = false, is_looking_ = false, is_over_ = false;
};

}  // namespace edgemesh::actors
