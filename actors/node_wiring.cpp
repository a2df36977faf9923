// What each actor of a node depends on, handed to it as functions: which is how tests give it others.
#include "actors/backend_specs.hpp"
#include "actors/backend_state.hpp"
#include "actors/directory_state.hpp"
#include "actors/discovery_state.hpp"
#include "actors/keeper_state.hpp"
#include "actors/local_scan.hpp"
#include "actors/probe_runner.hpp"
#include "actors/running_node.hpp"
#include "net/secure_random.hpp"

namespace edgemesh::actors {

void running_node::make_mesh(std::unique_ptr<mesh_life> life) {
  mesh_host_deps deps{control_, *membership_loop_, system_, unit_, resolver_, settings(), std::move(life), {}, {}, net::random_seed()};
  deps.facts_are = [this](std::shared_ptr<const http::mesh_facts> facts) {
    shards_.tell_all([facts](shard& s) { s.use_mesh(facts); });
  };
  deps.peer_arrived = [this](net::mesh_connection connection, http::lent_watch lent) { adopt(std::move(connection), std::move(lent)); };
  mesh_ = std::make_unique<mesh_host>(std::move(deps));
  admin_.use_mesh(mesh_->admin(), [this](const replication::remote_node& n) { return mesh_->way_to_ask(n); });
  mesh_->door().answers_with([this](http::admin_question q, std::function<void(http::admin_answer)> reply) {
    admin_.answer_here(std::move(q), std::move(reply));
  });
  for (auto& s : shards_) {
    s->use_mesh_door(mesh_->door());
    s->use_peer_lines(mesh_->lines());
  }
}

void running_node::make_accounts(std::unique_ptr<accounts_life> life) {
  const auto& s = settings();
  accounts_deps deps{control_, system_, s.node.name, settings::store_folder_of(s), s.store, s.keep, [] { return std::chrono::system_clock::now(); }, {}};
  deps.ring_is = [this](std::shared_ptr<const admission::key_ring> ring, std::vector<std::string> ended) {
    gate_.use_keys(ring);
    shards_.tell_all([ring, ended](shard& s) { s.use_keys(ring, ended); });
  };
  accounts_ = std::make_unique<accounts_host>(std::move(deps), std::move(life));
  admin_.use_accounts(*accounts_);
}

/// Peers keep few connections and send much on each: they take turns among the shards.
void running_node::adopt(net::mesh_connection connection, http::lent_watch lent) {
  shards_[next_shard_++ % shards_.size()].take_peer(std::move(connection), std::move(lent));
}

void running_node::spawn_directory_actor() {
  directory_deps deps;
  deps.configured = routes_of(settings());
  deps.publish = [this](std::shared_ptr<const routing::route_table> table) {
    admin_.use_routes(table);
    shards_.tell_all([table](shard& s) { s.use_routes(table); });
  };
  if (mesh_) {
    deps.own_site = settings().node.site;
    deps.own_backend_is = [this](const routing::backend_row& row, const backend_view& view) { mesh_->own_backend_is(row, view); };
    deps.own_backend_gone = [this](const std::string& name) { mesh_->own_backend_gone(name); };
  }
  directory_ = spawn_directory(home(), std::move(deps));
}

void running_node::spawn_keeper_actor() {
  keeper_deps deps;
  deps.configured = backends_of(settings());
  deps.directory = directory_;
  deps.make_backend = [this](keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first) {
    return make_backend(std::move(parent), std::move(spec), std::move(first));
  };
  deps.make_discovery = [this](keeper_actor parent, bool is_on) { return make_discovery(std::move(parent), is_on); };
  keeper_ = spawn_keeper(home(), std::move(deps));
}

backend_actor running_node::make_backend(keeper_actor parent, backend_spec spec, std::shared_ptr<const probe_result> first) {
  backend_deps deps;
  deps.spec = std::move(spec);
  deps.first = std::move(first);
  deps.probe = [this](probe_order order, auto done) { start_probe(control_.io(), std::move(order), std::move(done)); };
  deps.resolve = [this](const std::string& owner, const std::string& host, auto done) {
    resolver_.resolve(owner, host, std::move(done));
  };
  deps.directory = directory_;
  deps.keeper = std::move(parent);
  deps.seed = net::random_seed();
  return spawn_backend(home(), std::move(deps));
}

discovery_actor running_node::make_discovery(keeper_actor parent, bool is_on) {
  discovery_deps deps;
  deps.is_on = is_on;
  deps.claimed = own_endpoints_;
  deps.scan = [this](const std::vector<ip_endpoint>& claimed, auto done) {
    start_scan(control_.io(), {scan_candidates(claimed), settings().timeouts}, std::move(done));
  };
  deps.keeper = std::move(parent);
  deps.seed = net::random_seed();
  return spawn_discovery(home(), std::move(deps));
}

}  // namespace edgemesh::actors
