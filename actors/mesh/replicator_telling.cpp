// What the replicator tells the rest of the node about the mesh.
#include <caf/all.hpp>

#include "actors/mesh/replicator_state.hpp"

namespace edgemesh::actors {

void replicator_state::tell_roster() {
  is_roster_stale_ = false;
  const auto self = deps_->setup.keys.own_key();
  std::vector<node_key> everybody, others;
  for (const auto& m : gossip_->members().members(now_s())) {
    everybody.push_back(m.key);
    if (m.key != self) others.push_back(m.key);
  }
  deps_->members_are(everybody);
  caf::anon_send(deps_->membership, members_told{std::move(others)});
  is_view_stale_ = true;
  next_view_ = {};  // who was evicted is out of the routes at once
}

void replicator_state::tell_view() {
  if (!is_view_stale_ || now() < next_view_) return;
  is_view_stale_ = false;
  next_view_ = now() + view_pause;
  const auto self = deps_->setup.keys.own_key();
  nodes_told told;
  for (const auto& m : gossip_->members().members(now_s())) {
    known_node n{{m.key, m.site, false}, m.name, {}, false};
    if (const auto* record = gossip_->table().find(proto::record_kind::node, m.key, m.key.view()))
      if (const auto body = proto::read_node(*record)) n.address = body->mesh_address;
    n.at.is_dialable = !n.address.empty();
    told.nodes.push_back(std::move(n));
  }
  deps_->nodes_are(std::move(told));
  const auto* own = gossip_->members().find(self, now_s());
  view_ = own ? std::make_shared<const replication::mesh_view>(replication::view_of(
                    gossip_->table(), gossip_->members(), *own, deps_->classes, [this](const content_hash& h) { return gossip_->content(h); }, now_s()))
              : std::make_shared<const replication::mesh_view>();
  deps_->view_is(view_);
}

void replicator_state::on_inspect(const inspect_mesh& m) const {
  mesh_report r;
  r.mesh = deps_->setup.root.mesh;
  r.self = deps_->setup.keys.own_key();
  r.members = gossip_->members().members(now_s());
  r.view = view_;
  r.evicted = gossip_->members().evicted();
  r.counters = gossip_->counters();
  r.records = gossip_->table().size();
  r.summary = gossip_->table().summary();
  r.proofs = gossip_->members().proofs_of(r.self);
  m.reply.complete(std::move(r));
}

}  // namespace edgemesh::actors
