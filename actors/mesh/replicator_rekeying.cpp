// How this node's key is followed by another one; the steps are ordered by key_change.
#include <caf/all.hpp>

#include "actors/mesh/replicator_state.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

proto::sealed_record replicator_state::succession_to(const net::mesh_identity& next, bool is_announced) {
  proto::succession_body body;
  body.old_key = self_key();
  body.new_key = next.own_key();
  body.consent = next.sign(proto::consent_text(deps_->setup.root.mesh, body.old_key));
  body.is_announced = is_announced;
  return proto::seal(ruling(), body);
}

/// From here on the new key may enter, and what this node says of itself is known under it before the old one goes.
void replicator_state::on_announce(const announce_key& m) {
  const bool is_member = gossip_->members().find(self_key(), now_s()) != nullptr;
  if (!is_member || !gossip_->publish(succession_to(*m.next, true), now(), deps_->wall_ms())) return m.reply.complete(false);
  heir_ = m.next;
  heirs_own_ = std::make_unique<replication::own_records>(own_->under(*heir_));
  for (const auto& record : heirs_own_->repeat(now(), deps_->wall_ms())) publish(record);
  act();
  m.reply.complete(true);
}

void replicator_state::on_sign(const sign_succession& m) { m.reply.complete(succession_to(*m.next, false)); }

void replicator_state::on_follow(const follow_key& m) {
  const auto old_key = self_key();
  heir_ = m.next;
  keys_ = heir_.get();
  gossip_->use_key(self_key());
  catalogue_->use_key(self_key());
  if (heirs_own_) own_ = std::move(heirs_own_);
  const bool counts = gossip_->publish(m.succession, now(), deps_->wall_ms());
  is_roster_stale_ = is_view_stale_ = true;
  act();
  log::info("key_changed", {{"key", self_key().brief()}, {"old_key", old_key.brief()}, {"counts", counts}});
  m.reply.complete(counts);
}

}  // namespace edgemesh::actors
