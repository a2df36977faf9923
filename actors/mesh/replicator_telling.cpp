// What the replicator tells the rest of the node about the mesh.
#include <caf/all.hpp>

#include <map>

#include "actors/mesh/replicator_state.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

void replicator_state::tell_roster() {
  is_roster_stale_ = false;
  catalogue_->follow(gossip_->members(), now_s());
  std::vector<node_key> everybody;
  std::vector<sited_member> sited;
  for (const auto& m : gossip_->members().members(now_s())) {
    everybody.push_back(m.key);
    sited.push_back({m.key, m.site});
  }
  own_->set_mesh_size(everybody.size());
  if (sited == told_) return;
  told_ = sited;
  deps_->members_are(std::move(everybody));
  caf::anon_send(deps_->membership, members_told{std::move(sited)});
  is_view_stale_ = true;
  next_view_ = {};  // who was evicted is out of the routes at once
}

void replicator_state::tell_view() {
  if (!is_view_stale_ || now() < next_view_) return;
  is_view_stale_ = false;
  next_view_ = now() + view_pause;
  view_ = std::make_shared<const replication::mesh_view>(catalogue_->view());
  nodes_told told;
  for (const auto& n : view_->nodes)
    told.nodes.push_back({{n.who.key, n.who.site, !n.body.mesh_address.empty()}, n.who.name, n.body.mesh_address, false});
  if (const auto* own = gossip_->members().find(deps_->setup.keys.own_key(), now_s()))
    told.nodes.push_back({{own->key, own->site, deps_->is_dialable}, own->name, {}, false});
  deps_->nodes_are(std::move(told));
  deps_->view_is(view_);
}

void replicator_state::judge_clock() {
  clock_ = clocks_.look(deps_->wall_ms(), now());
  if (!clock_.has_changed) return;
  if (clock_.is_off) log::warn("clock_is_off", {{"offset_ms", clock_.offset_ms.value_or(0)}, {"peers", clock_.peers}});
  else log::info("clock_is_right", {{"peers", clock_.peers}});
}

namespace {

std::vector<evicted_node> evicted_of(const replication::roster& members) {
  std::map<node_key, evicted_node> found;
  for (const auto& key : members.evicted()) found[key].key = key;
  members.for_each_record([&](const proto::sealed_record& r, bool) {
    if (r.head.kind != proto::record_kind::member) return;
    const auto body = proto::read_member(r);
    if (!body) return;
    if (const auto at = found.find(body->subject); at != found.end()) at->second = {body->subject, body->name, body->site};
  });
  std::vector<evicted_node> all;
  for (auto& [_, node] : found) all.push_back(std::move(node));
  return all;
}

}  // namespace

void replicator_state::on_inspect(const inspect_mesh& m) const {
  mesh_report r;
  r.mesh = deps_->setup.root.mesh;
  r.self = deps_->setup.keys.own_key();
  r.members = gossip_->members().members(now_s());
  r.view = view_;
  r.evicted = evicted_of(gossip_->members());
  r.counters = gossip_->counters();
  r.records = gossip_->table().size();
  r.summary = gossip_->table().summary();
  r.clock_offset_ms = clock_.offset_ms;
  r.is_clock_off = clock_.is_off;
  r.proofs = gossip_->members().proofs_of(r.self);
  m.reply.complete(std::move(r));
}

}  // namespace edgemesh::actors
