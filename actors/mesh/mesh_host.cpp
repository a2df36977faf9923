#include "actors/mesh/mesh_host.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <filesystem>

#include "actors/mesh/heartbeat_state.hpp"
#include "actors/mesh/links_state.hpp"
#include "actors/mesh/membership_state.hpp"
#include "actors/mesh/replicator_state.hpp"
#include "actors/mesh/store_actor.hpp"
#include "actors/mesh/tls_wire.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "net/listener.hpp"
#include "net/secure_random.hpp"
#include "replication/features.hpp"

namespace edgemesh::actors {

namespace {

constexpr milliseconds farewell_time{500};  // for a leave to reach everybody that is linked

std::int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

mesh_host::mesh_host(mesh_host_deps deps)
    : deps_(std::move(deps)),
      self_(deps_.life->identity->own_key()),
      born_as_(self_),
      identities_{deps_.life->identity},
      traffic_(std::make_shared<mesh_traffic>(deps_.life->root.mesh)),
      link_client_(net::mesh_tls::make_client(*deps_.life->identity, gate(), net::mesh_protocol::link)),
      membership_unit_(deps_.system, deps_.membership_loop.io()),
      path_watch_(std::make_shared<routing::path_watch>([this] { caf::anon_send(heartbeats_, ways_busy{}); })),
      reach_({deps_.control, deps_.resolver, deps_.life->identity, gate(), deps_.settings.timeouts, deps_.settings.data_classes,
              deps_.settings.node.site, deps_.settings.node.is_undialled, path_watch_, [this] { tell_routes(); }, [this] { tell_reach(); },
              [this](net::mesh_connection c, http::lent_watch watch) { deps_.peer_arrived(std::move(c), std::move(watch)); }, deps_.seed + 3}),
      joining_({deps_.control, deps_.resolver, deps_.life->identity, deps_.life->root, wall_ms}),
      door_({deps_.control, joining_, [this](const node_key& key) { return role_of(key); }}),
      admin_({deps_.control.io(), deps_.settings, deps_.life->root, self_, joining_, traffic_, wall_ms,
              [this](std::function<void(bool)> done) { leave(std::move(done)); },
              [this](key_change::done done) { rotation_.start(std::move(done)); },
              [gate = gate_](key_standing s) { return gate->refusals(s); }}),
      rotation_({deps_.control.io(), settings::identity_file_of(deps_.settings).string(),
                 [this](net::shared_identity next) { show_key(std::move(next)); }, [this](net::shared_identity next) { become(std::move(next)); }}),
      introducer_({deps_.control.io(), deps_.resolver, deps_.life->root, [this] { return identities_.back(); }, wall_ms,
                   [this](const node_key& peer) { caf::anon_send(links_, link_wished{peer, true}); }}),
      shares_(deps_.control.io(), self_, deps_.seed + 4, [this](const std::string& name) { tell_backend(name); }),
      farewell_(deps_.control.io()),
      resumption_(deps_.control.io()),
      description_(deps_.control.io()),
      instance_(net::random_bytes(16)) {}

mesh_host::~mesh_host() = default;

net::key_gate mesh_host::gate() const {
  return [gate = gate_](const node_key& key) { return gate->verdict(key); };
}

/// For those who come: refusals are counted, and said at most once a minute of each kind. Asked on the control loop.
net::key_gate mesh_host::entrance() {
  return [this, gate = gate_](const node_key& key) {
    const auto verdict = gate->verdict(key);
    if (verdict.standing == key_standing::member) return verdict;
    gate->count_refusal(verdict.standing);
    auto& logged = refusals_logged_[verdict.standing];
    if (const auto now = steady_clock::now(); logged == instant{} || now - logged > std::chrono::minutes(1)) {
      logged = now;
      log::warn("node_refused", {{"key", key.brief()}, {"because", name_of(verdict.standing)}});
    }
    return verdict;
  };
}

result<void> mesh_host::listen() {
  using p = net::mesh_protocol;
  const auto& at = deps_.settings.listen;
  if (at.mesh == at.peer) {
    auto both = listen_at(at.mesh, "listen.mesh", {p::link, p::http, p::lend, p::join}, bound_mesh_);
    bound_peer_ = bound_mesh_;
    return both;
  }
  if (auto r = listen_at(at.mesh, "listen.mesh", {p::link}, bound_mesh_); !r) return r;
  return listen_at(at.peer, "listen.peer", {p::http, p::lend, p::join}, bound_peer_);
}

result<void> mesh_host::listen_at(const host_port& at, const char* key, const std::vector<net::mesh_protocol>& offered, host_port& bound) {
  auto acceptor = net::bind_listener(deps_.control.io(), at, key);
  if (!acceptor) return acceptor.error();
  bound = {at.host, acceptor->local_endpoint().port()};
  acceptors_.push_back({std::make_shared<net::mesh_acceptor>(deps_.control.io(), std::move(*acceptor),
                                                             net::mesh_tls::make_server(*identities_.back(), entrance(), offered),
                                                             net::mesh_acceptor_options{}, [this](net::mesh_connection c) { arrived(std::move(c)); }),
                        offered});
  return {};
}

void mesh_host::start(directory_actor directory) {
  directory_ = std::move(directory);
  store_ = spawn_store(deps_.system, deps_.life->disk);
  spawn_membership_actor();
  spawn_heartbeat_actor();
  spawn_replicator_actor();
  spawn_links_actor();
  joining_.attach(replicator_);
  admin_.attach(replicator_, membership_, links_);
  rotation_.attach(replicator_, store_);
  introducer_.attach(replicator_);
  admin_.listens_at(mesh_address(), peer_address(), settings::advertised_addresses(deps_.settings, bound_mesh_, bound_peer_));
  describe();
  deps_.membership_loop.start();
  deps_.control.post([this] {
    for (const auto& a : acceptors_) a.acceptor->start();
    if (deps_.life->is_changing_key) resume_change();
  });
  log::info("mesh", {{"mesh", deps_.life->root.mesh.brief()}, {"key", self_.brief()}, {"listens", mesh_address()}, {"peer", peer_address()}});
}

void mesh_host::arrived(net::mesh_connection connection) {
  if (connection.protocol == net::mesh_protocol::lend) {
    if (!connection.peer) return;
    if (const auto as = gate_->known_as(*connection.peer); as != *connection.peer) connection.shown = std::exchange(connection.peer, as);
    return reach_.lent(std::move(connection));
  }
  if (connection.protocol != net::mesh_protocol::link) return deps_.peer_arrived(std::move(connection), nullptr);
  if (!connection.peer) return;
  const auto peer = gate_->known_as(*connection.peer);
  caf::anon_send(links_, wire_ready{peer, false, make_wire(std::move(connection), peer, false)});
}

std::shared_ptr<wire> mesh_host::make_wire(net::mesh_connection connection, const node_key& peer, bool is_dialled) {
  net::basp_filter_options filter;
  filter.self = born_as_;
  filter.peer = peer;
  filter.peer_before = gate_->former_of(peer);
  filter.is_dialled = is_dialled;
  return std::make_shared<tls_wire>(std::move(connection), filter, [this, peer](key_standing as) { refused_by(peer, as); });
}

/// A member does not let this node in.
void mesh_host::refused_by(const node_key& peer, key_standing as) {
  const auto [said, is_new] = refused_by_.try_emplace(peer, as);
  if (is_new || std::exchange(said->second, as) != as) log::warn("refused_by_peer", {{"peer", peer.brief()}, {"because", name_of(as)}});
  if (as == key_standing::unknown) introduce(peer);
}

/// Where this node knows how to reach its listen.peer.
void mesh_host::introduce(const node_key& peer) {
  const auto& nodes = view_->nodes;
  const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) { return n.who.key == peer; });
  if (at == nodes.end()) return;
  if (const auto address = parse_host_port(at->body.peer_address)) introducer_.introduce(peer, *address);
}

void mesh_host::dial(links_actor links, const node_key& peer, const std::string& address) {
  const auto at = parse_host_port(address);
  if (!at) return caf::anon_send(links, dial_failed{peer, "its address is none: " + at.error().message});
  if (const auto old = dials_.find(peer); old != dials_.end()) old->second->cancel();
  const auto dial = dials_[peer] = std::make_shared<net::mesh_dial>(deps_.control.io(), deps_.resolver, link_client_);
  dial->start({*at, peer}, [this, links, peer, of = std::weak_ptr(dial)](result<net::mesh_connection> c) {
    if (const auto d = of.lock(); d && d->has_met_stranger()) introduce(peer);
    dials_.erase(peer);
    if (!c) return caf::anon_send(links, dial_failed{peer, c.error().message});
    caf::anon_send(links, wire_ready{peer, true, make_wire(std::move(*c), peer, true)});
  });
}

void mesh_host::spawn_membership_actor() {
  membership_deps m{{*identities_.back(), deps_.life->root.mesh, membership::swim_options::lan(), deps_.seed, deps_.life->incarnation},
                    wall_ms, {}, {}, store_};
  // Both are told once the links actor exists; until then nobody is linked.
  m.want_link = [this](const node_key& to) {
    deps_.control.post([this, to] { caf::anon_send(links_, link_wished{to}); });
  };
  m.changed = [this](const membership::state_changed& c) {
    deps_.control.post([this, c] { liveness_is(c); });
  };
  m.clock_seen_at = [this](const clock_seen& seen) {
    deps_.control.post([this, seen] { caf::anon_send(replicator_, seen); });
  };
  m.measured = [this](const node_key& who, microseconds took) {
    deps_.control.post([this, who, took] { reach_.measured(who, took); });
  };
  membership_ = spawn_membership({deps_.system, &membership_unit_}, std::move(m));
}

void mesh_host::spawn_heartbeat_actor() {
  heartbeats_ = spawn_heartbeat({deps_.system, &membership_unit_}, {deps_.life->root.mesh, path_watch_});
}

void mesh_host::spawn_replicator_actor() {
  replicator_deps r{{*identities_.back(), deps_.life->root, {}, deps_.seed + 1}, std::move(deps_.life->records), deps_.life->incarnation,
                    deps_.settings.data_classes, !deps_.settings.node.is_undialled, wall_ms, {}, {}, {}, {}, membership_, store_};
  r.want_link = [this](const node_key& to) { caf::anon_send(links_, link_wished{to}); };
  r.members_are = [this](member_gate::view view) { members_are(std::move(view)); };
  r.nodes_are = [this](nodes_told nodes) { caf::anon_send(links_, std::move(nodes)); };
  r.view_is = [this](std::shared_ptr<const replication::mesh_view> view) { view_is(std::move(view)); };
  replicator_ = spawn_replicator({deps_.system, &deps_.control_unit}, std::move(r));
}

void mesh_host::spawn_links_actor() {
  proto::hello hello;
  hello.instance = instance_;
  hello.features = replication::own_features();
  links_deps l{self_, deps_.life->root.mesh, std::move(hello), wall_ms, {}, {}, membership_, {}, {}, {}, {}, {}, deps_.seed + 2};
  l.dial = [this](links_actor links, const node_key& peer, const std::string& address) { dial(std::move(links), peer, address); };
  l.make_link = [this](link_deps d) {
    d.ports.sent = [traffic = traffic_](std::string_view frame) { traffic->sent(frame); };
    d.ports.arrived = [traffic = traffic_, take = std::move(d.ports.arrived)](const std::string& frame) {
      traffic->arrived(frame);
      return take(frame);
    };
    return spawn_link({deps_.system, &membership_unit_}, std::move(d));
  };
  l.up = [this](const link_up& m) {
    refused_by_.erase(m.peer);
    reach_.link_is(m.peer, true);
    caf::anon_send(heartbeats_, watch_way{m.peer, m.link, m.version, reach_.direct_way(m.peer)});
    caf::anon_send(replicator_, m);
  };
  l.down = [this](const link_down& m) {
    if (!m.is_renewed) reach_.link_is(m.peer, false);
    caf::anon_send(heartbeats_, m);
    caf::anon_send(replicator_, m);
  };
  l.given_up = [this](const link_down& m) {
    caf::anon_send(heartbeats_, m);
    caf::anon_send(replicator_, m);
  };
  l.record_frame = [to = replicator_](frame_arrived m) { caf::anon_send(to, std::move(m)); };
  l.greeted = [this](const node_key& peer, std::shared_ptr<const proto::hello> theirs, std::int64_t at) {
    caf::anon_send(replicator_, peer_greeted{peer, std::move(theirs), at});
  };
  l.twin_seen = [](const node_key&) {};
  l.beat_frame = [to = heartbeats_](frame_arrived m) { caf::anon_send(to, std::move(m)); };
  links_ = spawn_links({deps_.system, &deps_.control_unit}, std::move(l));
}

void mesh_host::leave(std::function<void(bool)> done) {
  has_left_ = true;
  shares_.stop();
  caf::anon_send(membership_, announce_leave{});
  farewell_.expires_after(farewell_time);
  farewell_.async_wait([this, done = std::move(done)](boost::system::error_code ec) mutable {
    if (!ec) forget(std::move(done));
  });
}

void mesh_host::forget(std::function<void(bool)> done) {
  auto forgotten = [this, done = std::move(done)](std::optional<bool> ok) {
    deps_.control.post([this, done, ok] {
      std::error_code failed;
      std::filesystem::remove(settings::identity_file_of(deps_.settings), failed);
      log::info("mesh_left", {{"mesh", deps_.life->root.mesh.brief()}});
      caf::anon_send(directory_, remote_rows_told{});
      deps_.facts_are(nullptr);
      stop();
      done(ok.value_or(false) && !failed);
    });
  };
  // What the replicator has sent to the store is behind it already, and what it would still send must not come after.
  caf::anon_send_exit(replicator_, caf::exit_reason::user_shutdown);
  caf::anon_send(store_, forget_mesh{reply_slot<bool>(std::move(forgotten))});
}

void mesh_host::stop() {
  deps_.control.post([this] {
    for (const auto& a : acceptors_) a.acceptor->stop();
    joining_.stop();
    rotation_.stop();
    introducer_.stop();
    resumption_.cancel();
    reach_.stop();
    description_.cancel();
    for (const auto& [_, d] : std::exchange(dials_, {})) d->cancel();
  });
  caf::anon_send_exit(links_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(replicator_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(heartbeats_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(membership_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
}

}  // namespace edgemesh::actors
