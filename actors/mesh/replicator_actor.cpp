#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/replicator_state.hpp"
#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

replicator_actor::behavior_type replicator(replicator_actor::stateful_pointer<replicator_state> self, replicator_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const link_up& m) { self->state.on_link_up(m); },
      [self](const link_down& m) { self->state.on_link_down(m); },
      [self](const frame_arrived& m) { self->state.on_frame(m); },
      [self](const peer_greeted& m) { self->state.on_greeted(m); },
      [self](const records_due& m) { self->state.on_due(m); },
      [self](const publish_record& m) { self->state.on_publish(m); },
      [self](const admit_member& m) { self->state.on_admit(m); },
      [self](const evict_member& m) { self->state.on_evict(m); },
      [self](const describe_node& m) { self->state.on_describe(m); },
      [self](const own_backend& m) { self->state.on_own_backend(m); },
      [self](const inspect_mesh& m) { self->state.on_inspect(m); },
      [self](const liveness_told& m) { self->state.on_liveness(m); },
      [self](const clock_seen& m) { self->state.on_clock(m); },
      [self](const announce_key& m) { self->state.on_announce(m); },
      [self](const sign_succession& m) { self->state.on_sign(m); },
      [self](const follow_key& m) { self->state.on_follow(m); },
      [self](const introduce_records& m) { self->state.on_introduced(m); },
      [self](const ask_proofs& m) { m.reply.complete(self->state.own_proofs()); },
  };
}

replicator_actor spawn_replicator(actor_home home, replicator_deps deps) {
  return spawn_on<replicator_actor, replicator_state>(home, replicator, std::move(deps));
}

void replicator_state::start(replicator_deps deps) {
  deps_.emplace(std::move(deps));
  keys_ = &deps_->setup.keys;
  gossip_ = std::make_unique<replication::gossip>(deps_->setup);
  own_ = std::make_unique<replication::own_records>(deps_->setup.keys, deps_->setup.root.mesh, deps_->incarnation);
  transport_ = std::make_unique<link_transport>(deps_->setup.root.mesh, link_transport::ports{[this] { return now(); }, deps_->want_link});
  catalogue_ = std::make_unique<replication::mesh_catalogue>(self_key(), deps_->classes);
  gossip_->restore(deps_->stored, now());
  deps_->stored.clear();
  gossip_->table().for_each([this](const proto::sealed_record& r) { (void)catalogue_->apply(r, contents()); });
  act();
}

instant replicator_state::now() const { return self_->clock().now(); }

/// Unix seconds by this node's clock, or by its peers' median once that is known to be the better one.
std::int64_t replicator_state::clock_s() const {
  return (deps_->wall_ms() + (clock_.is_off ? clock_.offset_ms.value_or(0) : 0)) / 1000;
}

/// When the ends of memberships are judged. A node whose own time is over judges the others as of that moment: either they refuse it anyway,
/// or it is its clock that is wrong, and then it must find that out from them.
std::int64_t replicator_state::now_s() const {
  const auto* own = gossip_->members().find(self_key(), 0);
  return own == nullptr ? clock_s() : std::min(clock_s(), own->not_after);
}

void replicator_state::on_link_up(const link_up& m) {
  transport_->on_up(m.peer, m.link, m.version);
  gossip_->set_neighbours(transport_->linked());
  gossip_->on_neighbour_up(m.peer, now());
  act();
}

void replicator_state::on_link_down(const link_down& m) {
  transport_->on_down(m.peer);
  gossip_->set_neighbours(transport_->linked());
  act();
}

void replicator_state::on_frame(const frame_arrived& m) {
  if (const auto message = proto::decode(m.kind, m.payload)) gossip_->on_message(m.from, *message, now(), deps_->wall_ms());
  act();
}

void replicator_state::on_greeted(const peer_greeted& m) {
  clocks_.sample(m.peer, m.theirs->wall_ms, microseconds(0), now());
  judge_clock();
  act();
}

void replicator_state::on_clock(const clock_seen& m) {
  clocks_.sample(m.peer, m.wall_ms, m.round_trip, now());
  judge_clock();
  act();
}

void replicator_state::on_publish(const publish_record& m) {
  const bool counts = gossip_->publish(m.record, now(), deps_->wall_ms());
  act();
  m.reply.complete(counts);
}

void replicator_state::on_describe(const describe_node& m) {
  publish_own([&](auto& own) { return own.describe(m.body, deps_->wall_ms()); });
  act();
}

void replicator_state::on_own_backend(const own_backend& m) {
  if (!m.body) {
    publish_own([&](auto& own) { return own.withdraw(m.name, deps_->wall_ms()); });
  } else {
    auto body = *m.body;
    if (m.content) {
      auto bytes = proto::write_content(*m.content);
      body.content = keys_->hash(bytes);
      body.content_size = static_cast<std::uint32_t>(bytes.size());
      if (gossip_->content(body.content) == nullptr) gossip_->keep_content(std::move(bytes));
    }
    publish_own([&](auto& own) { return own.describe(body, now(), deps_->wall_ms()); });
  }
  act();
}

void replicator_state::publish(const std::optional<proto::sealed_record>& record) {
  if (record && !gossip_->publish(*record, now(), deps_->wall_ms()))
    log::debug("own_record_refused", {{"kind", static_cast<int>(record->head.kind)}});
}

/// What this node says of itself, also under the key that is to follow while there is one.
void replicator_state::publish_own(const std::function<std::optional<proto::sealed_record>(replication::own_records&)>& say) {
  publish(say(*own_));
  if (heirs_own_) publish(say(*heirs_own_));
}

void replicator_state::on_due(const records_due& m) {
  if (m.alarm != alarm_) return;
  armed_for_ = {};
  gossip_->tick(now(), deps_->wall_ms());
  for (const auto& record : own_->take_due(now(), deps_->wall_ms())) publish(record);
  if (heirs_own_)
    for (const auto& record : heirs_own_->take_due(now(), deps_->wall_ms())) publish(record);
  if (now() >= next_check_) {
    next_check_ = now() + roster_check;
    is_roster_stale_ = true;
    renew();
    judge_clock();
  }
  act();
}

void replicator_state::act() {
  // Signing above what a peer showed makes further actions: each round of the loop has fewer.
  for (auto actions = gossip_->take_actions(); !actions.empty(); actions = gossip_->take_actions()) {
    for (auto& action : actions) {
      if (const auto* m = std::get_if<replication::send_message>(&action)) transport_->send(m->to, m->what);
      else if (const auto* r = std::get_if<replication::record_learned>(&action)) learned(r->record);
      else if (const auto* o = std::get_if<replication::own_record_seen>(&action))
        publish(own_->outrank(o->kind, o->subject, o->seen, deps_->wall_ms()));
      else if (const auto* c = std::get_if<replication::content_learned>(&action))
        is_view_stale_ |= catalogue_->content_arrived(c->hash, contents());
      else is_roster_stale_ = true;
    }
  }
  if (is_roster_stale_) tell_roster();
  tell_view();
  keep();
  arm();
}

void replicator_state::learned(const proto::sealed_record& record) {
  unkept_.push_back({replication::record_table::key_of(record), record.raw});
  is_view_stale_ |= catalogue_->apply(record, contents());
}

replication::content_source replicator_state::contents() const {
  return [this](const content_hash& h) { return gossip_->content(h); };
}

void replicator_state::keep() {
  if (unkept_.empty() || now() < next_keep_) return;
  next_keep_ = now() + store_pause;
  caf::anon_send(deps_->store, keep_records{std::exchange(unkept_, {})});
}

void replicator_state::arm() {
  auto due = std::min({gossip_->next_due(), own_->due(), next_check_});
  if (heirs_own_) due = std::min(due, heirs_own_->due());
  if (is_view_stale_) due = std::min(due, next_view_);
  if (!unkept_.empty()) due = std::min(due, next_keep_);
  if (armed_for_ != instant{} && armed_for_ <= due) return;
  armed_for_ = due;
  self_->delayed_send(self_, std::max<steady_clock::duration>(due - now(), milliseconds(1)), records_due{++alarm_});
}

}  // namespace edgemesh::actors
