// What the replicator tells the rest of the node about the mesh.
#include <caf/all.hpp>

#include <map>

#include "actors/mesh/replicator_state.hpp"
#include "base/log.hpp"
#include "replication/renewal.hpp"

namespace edgemesh::actors {

void replicator_state::tell_roster() {
  is_roster_stale_ = false;
  judge_own_standing();
  catalogue_->follow(gossip_->members(), now_s());
  member_gate::view view;
  std::vector<sited_member> sited;
  for (const auto& m : gossip_->members().members(now_s())) {
    view.members.emplace(m.key, m.key);
    if (!m.former.empty()) view.former.emplace(m.key, m.former);
    sited.push_back({m.key, m.site});
  }
  own_->set_mesh_size(sited.size());
  if (heirs_own_) heirs_own_->set_mesh_size(sited.size());
  for (const auto& [next, member] : gossip_->members().heirs())
    if (view.members.contains(member)) view.members.emplace(next, member);
  gossip_->members().for_each_former(now_s(), [&](const node_key& k, key_standing s) { view.refused.emplace(k, s); });
  if (view == told_ && sited == sited_) return;
  told_ = view;
  sited_ = sited;
  std::erase_if(alive_, [&](const node_key& k) { return !view.members.contains(k); });
  deps_->members_are(std::move(view));
  caf::anon_send(deps_->membership, members_told{std::move(sited)});
  is_view_stale_ = true;
  next_view_ = {};  // who was evicted is out of the routes at once
}

/// Others let nobody in who is no member: people have to hear of it here.
void replicator_state::judge_own_standing() {
  const auto standing = gossip_->members().standing_of(self_key(), clock_s());
  if (std::exchange(standing_, standing) != standing && standing != key_standing::member)
    log::warn("this_node_is_no_member", {{"because", name_of(standing)}, {"key", self_key().brief()}});
  const auto* own = gossip_->members().find(self_key(), clock_s());
  if (own == nullptr || own->not_after - clock_s() > replication::ends_soon_s || now() < next_warning_) return;
  next_warning_ = now() + std::chrono::hours(24);
  log::warn("membership_ends", {{"days", (own->not_after - clock_s()) / 86400}, {"renewed_by", "any full member that is linked"}});
}

void replicator_state::tell_view() {
  if (!is_view_stale_ || now() < next_view_) return;
  is_view_stale_ = false;
  next_view_ = now() + view_pause;
  view_ = std::make_shared<const replication::mesh_view>(catalogue_->view());
  nodes_told told;
  for (const auto& n : view_->nodes)
    told.nodes.push_back({{n.who.key, n.who.site, !n.body.mesh_address.empty()}, n.who.name, n.body.mesh_address, false, n.who.former});
  if (const auto* own = gossip_->members().find(self_key(), now_s()))
    told.nodes.push_back({{own->key, own->site, deps_->is_dialable}, own->name, {}, false});
  deps_->nodes_are(std::move(told));
  deps_->view_is(view_);
}

void replicator_state::judge_clock() {
  clock_ = clocks_.look(deps_->wall_ms(), now());
  if (!clock_.has_changed) return;
  is_roster_stale_ = true;
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
  r.self = self_key();
  r.members = gossip_->members().members(now_s());
  r.standing = gossip_->members().standing_of(r.self, clock_s());
  r.view = view_;
  r.evicted = evicted_of(gossip_->members());
  r.counters = gossip_->counters();
  r.compared = gossip_->compared();
  r.records = gossip_->table().size();
  r.summary = gossip_->table().summary();
  r.clock_offset_ms = clock_.offset_ms;
  r.is_clock_off = clock_.is_off;
  r.proofs = gossip_->members().proofs_of(r.self);
  m.reply.complete(std::move(r));
}

}  // namespace edgemesh::actors
