// A node while it runs: flags that everybody shares, a control loop, shards, CAF's actor system and what lives in it. Made, started and
// stopped by run_node() on the main thread; in between everything but the shards and the membership loop belongs to the control loop.
// Its parts: node_listening.cpp opens sockets, node_wiring.cpp hands each actor what it depends on, running_node.cpp is its life.
#pragma once
#include <boost/asio/signal_set.hpp>
#include <caf/all.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/accounts/accounts_host.hpp"
#include "actors/accounts/admin_gate.hpp"
#include "actors/admin_answers.hpp"
#include "actors/drain.hpp"
#include "actors/listener_certificates.hpp"
#include "actors/mesh/mesh_host.hpp"
#include "actors/node_shared.hpp"
#include "actors/reloader.hpp"
#include "actors/runtime/house_config.hpp"
#include "actors/shard_set.hpp"
#include "http/admin_server.hpp"
#include "net/name_resolver.hpp"

namespace edgemesh::actors {

class running_node {
 public:
  /// `life`: null outside a mesh. `accounts`: null with auth.mode none.
  running_node(settings::node_settings settings, settings::source from, std::unique_ptr<mesh_life> life, std::unique_ptr<accounts_life> accounts);

  /// Errors are for the operator: which address cannot be had.
  result<void> listen();
  /// Errors are for the operator: an account book that cannot be read.
  result<void> start();
  /// Until SIGTERM or SIGINT, and then the end of the drain.
  void wait() { ended_.get_future().wait(); }
  void stop();

 private:
  actor_home home() { return {system_, &unit_}; }
  const settings::node_settings& settings() const { return reloader_.current(); }
  result<void> listen_api();
  result<void> listen_admin(const host_port& at, const settings::listener_tls& tls, const std::string& name, bool metrics_only, std::string& bound);
  void make_mesh(std::unique_ptr<mesh_life> life);
  void make_accounts(std::unique_ptr<accounts_life> life);
  void adopt(net::mesh_connection connection, http::lent_watch lent);
  void spawn_directory_actor();
  void spawn_keeper_actor();
  backend_actor make_backend(keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first);
  discovery_actor make_discovery(keeper_actor parent, bool is_on);
  void apply(const settings::node_settings& next, const settings::change& change);
  void apply_options(const settings::node_settings& next);
  void on_signal();
  void wait_for_sessions();

  // Destroyed from the bottom up: the actor system before the loops that its actors lived on.
  node_shared shared_;
  event_loop control_;
  std::unique_ptr<accounts_host> accounts_;  // with auth.mode keys
  shard_set shards_;
  std::unique_ptr<event_loop> membership_loop_;  // in a mesh
  house_config config_;
  caf::actor_system system_;
  core_unit unit_;
  net::name_resolver resolver_;
  reloader reloader_;
  admin_gate gate_;
  admin_answers admin_;
  drain drain_;
  std::unique_ptr<mesh_host> mesh_;  // in a mesh
  std::size_t next_shard_ = 0;       // for connections of peers
  boost::asio::signal_set signals_;
  std::vector<std::unique_ptr<http::admin_server>> admin_servers_;
  listener_certificates certificates_;
  listen_addresses listening_;
  std::vector<ip_endpoint> own_endpoints_;
  directory_actor directory_;
  keeper_actor keeper_;
  const std::string instance_;  // random per start
  std::promise<void> ended_;
};

}  // namespace edgemesh::actors
