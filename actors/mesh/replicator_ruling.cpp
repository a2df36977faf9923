// What a full member signs about others: admissions, renewals, evictions.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/replicator_state.hpp"
#include "base/log.hpp"
#include "replication/renewal.hpp"

namespace edgemesh::actors {

namespace {

proto::member_body body_of(const replication::member& m) {
  return {m.key, m.name, m.site, m.role, m.clearance, m.not_after};
}

}  // namespace

bool replicator_state::may_rule() const {
  const auto* own = gossip_->members().find(self_key(), clock_s());
  return own != nullptr && own->role == node_role::full;
}

proto::record_author replicator_state::ruling() {
  return {*keys_, deps_->setup.root.mesh, {deps_->incarnation, ++rulings_}, deps_->wall_ms()};
}

void replicator_state::on_admit(const admit_member& m) {
  if (!may_rule()) return m.reply.complete({});
  auto body = m.body;
  body.not_after = now_s() + replication::membership_term_s;
  if (!gossip_->publish(proto::seal(ruling(), body), now(), deps_->wall_ms())) return m.reply.complete({});
  auto shown = contacts_for(body.subject);
  log::info("member_admitted", {{"node", body.name}, {"key", body.subject.brief()}, {"role", name_of(body.role)}});
  act();
  m.reply.complete(std::move(shown));
}

/// What shows the newcomer to be a member, and where this node and some others are: it must find the mesh again if this node
/// dies now. Those that are here first.
std::vector<std::string> replicator_state::contacts_for(const node_key& newcomer) const {
  auto others = transport_->linked();
  std::erase(others, newcomer);
  const auto linked = others.size();
  for (const auto& m : gossip_->members().members(now_s())) {
    const bool is_listed = std::find(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(linked), m.key) != others.begin() + static_cast<std::ptrdiff_t>(linked);
    if (!is_listed && m.key != newcomer && m.key != self_key()) others.push_back(m.key);
  }
  if (others.size() > contacts_max) others.resize(contacts_max);
  others.insert(others.begin(), self_key());
  auto shown = gossip_->members().proofs_of(newcomer);
  for (const auto& key : others) {
    for (auto& raw : gossip_->members().proofs_of(key)) shown.push_back(std::move(raw));
    if (const auto* where = gossip_->table().find(proto::record_kind::node, key, key.view())) shown.push_back(where->raw);
  }
  std::ranges::sort(shown);
  shown.erase(std::ranges::unique(shown).begin(), shown.end());
  return shown;
}

void replicator_state::on_introduced(const introduce_records& m) {
  for (const auto& record : m.records) (void)gossip_->publish(record, now(), deps_->wall_ms());
  act();
  const auto heirs = gossip_->members().heirs();
  if (gossip_->members().find(m.who, now_s()) == nullptr && !heirs.contains(m.who)) return m.reply.complete({});
  m.reply.complete(own_proofs());
}

std::vector<std::string> replicator_state::own_proofs() const {
  const auto key = heirs_own_ ? heir_->own_key() : self_key();
  auto shown = gossip_->members().proofs_of(key);
  if (shown.size() >= proto::proofs_max) shown.resize(proto::proofs_max - 1);
  if (const auto* where = gossip_->table().find(proto::record_kind::node, key, key.view())) shown.push_back(where->raw);
  return shown;
}

void replicator_state::on_evict(const evict_member& m) {
  if (!may_rule()) return m.reply.complete(false);
  // Those whom it let in before stay: this node vouches for them from now on.
  std::vector<proto::member_body> staying;
  for (const auto& other : gossip_->members().members(now_s())) {
    if (other.admitted_by != m.subject || other.key == m.subject) continue;
    const auto* record = gossip_->table().find(proto::record_kind::member, m.subject, other.key.view());
    if (record == nullptr || record->head.stamp_ms <= m.since_ms) staying.push_back(body_of(other));
  }
  for (const auto& body : staying) publish(proto::seal(ruling(), body));
  proto::eviction_body eviction;
  eviction.subject = m.subject;
  eviction.since_ms = m.since_ms;
  const bool counts = gossip_->publish(proto::seal(ruling(), eviction), now(), deps_->wall_ms());
  if (counts) log::warn("member_evicted", {{"key", m.subject.brief()}, {"by", "this node"}});
  act();
  m.reply.complete(counts);
}

void replicator_state::renew() {
  if (!may_rule()) return;
  const auto linked = transport_->linked();
  const auto is_here = [&](const node_key& k) { return alive_.contains(k) || std::ranges::find(linked, k) != linked.end(); };
  for (const auto& m : replication::due_for_renewal(gossip_->members().members(now_s()), self_key(), now_s(), is_here)) {
    auto body = body_of(m);
    body.not_after = now_s() + replication::membership_term_s;
    publish(proto::seal(ruling(), body));
    log::info("member_renewed", {{"node", m.name}});
  }
}

void replicator_state::on_liveness(const liveness_told& m) {
  if (m.state == membership::member_state::alive) alive_.insert(m.who);
  else if (m.state != membership::member_state::suspect) alive_.erase(m.who);
}

}  // namespace edgemesh::actors
