// What a full member signs about others: admissions, renewals, evictions.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/replicator_state.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

namespace {

proto::member_body body_of(const replication::member& m) {
  return {m.key, m.name, m.site, m.role, m.clearance, m.not_after};
}

}  // namespace

bool replicator_state::may_rule() const {
  const auto* own = gossip_->members().find(deps_->setup.keys.own_key(), now_s());
  return own != nullptr && own->role == node_role::full;
}

proto::record_author replicator_state::ruling() {
  return {deps_->setup.keys, deps_->setup.root.mesh, {deps_->incarnation, ++rulings_}, deps_->wall_ms()};
}

void replicator_state::on_admit(const admit_member& m) {
  if (!may_rule()) return m.reply.complete({});
  auto body = m.body;
  body.not_after = now_s() + membership_s;
  if (!gossip_->publish(proto::seal(ruling(), body), now(), deps_->wall_ms())) return m.reply.complete({});
  const auto self = deps_->setup.keys.own_key();
  auto shown = gossip_->members().proofs_of(body.subject);
  if (const auto* own = gossip_->table().find(proto::record_kind::node, self, self.view())) shown.push_back(own->raw);
  log::info("member_admitted", {{"node", body.name}, {"key", body.subject.brief()}, {"role", name_of(body.role)}});
  act();
  m.reply.complete(std::move(shown));
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

/// In the last third of a membership the full members sign it again, one after the other by their keys, a hundredth of the whole time
/// apart, so that mostly one of them does.
void replicator_state::renew() {
  if (!may_rule()) return;
  const auto members = gossip_->members().members(now_s());
  const auto self = deps_->setup.keys.own_key();
  std::int64_t before_us = 0;
  for (const auto& m : members) before_us += m.role == node_role::full && m.key < self;
  const auto due = membership_s / 3 - std::min<std::int64_t>(before_us, 25) * membership_s / 100;
  for (const auto& m : members) {
    if (m.key == self || m.not_after - now_s() > due) continue;
    auto body = body_of(m);
    body.not_after = now_s() + membership_s;
    publish(proto::seal(ruling(), body));
    log::info("member_renewed", {{"node", m.name}});
  }
}

}  // namespace edgemesh::actors
