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
  };
}

replicator_actor spawn_replicator(actor_home home, replicator_deps deps) {
  return spawn_on<replicator_actor, replicator_state>(home, replicator, std::move(deps));
}

void replicator_state::start(replicator_deps deps) {
  deps_.emplace(std::move(deps));
  gossip_ = std::make_unique<replication::gossip>(deps_->setup);
  own_ = std::make_unique<replication::own_records>(deps_->setup.keys, deps_->setup.root.mesh, deps_->incarnation);
  transport_ = std::make_unique<link_transport>(deps_->setup.root.mesh, link_transport::ports{[this] { return now(); }, deps_->want_link});
  catalogue_ = std::make_unique<replication::mesh_catalogue>(deps_->setup.keys.own_key(), deps_->classes);
  gossip_->restore(deps_->stored, now());
  deps_->stored.clear();
  gossip_->table().for_each([this](const proto::sealed_record& r) { (void)catalogue_->apply(r, contents()); });
  act();
}

instant replicator_state::now() const { return self_->clock().now(); }

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
  if (!m.theirs->proofs.empty()) gossip_->on_message(m.peer, proto::records{m.theirs->proofs}, now(), deps_->wall_ms());
  act();
}

void replicator_state::on_publish(const publish_record& m) {
  const bool counts = gossip_->publish(m.record, now(), deps_->wall_ms());
  act();
  m.reply.complete(counts);
}

void replicator_state::on_describe(const describe_node& m) {
  publish(own_->describe(m.body, deps_->wall_ms()));
  act();
}

void replicator_state::on_own_backend(const own_backend& m) {
  if (!m.body) {
    publish(own_->withdraw(m.name, deps_->wall_ms()));
  } else {
    auto body = *m.body;
    if (m.content) {
      auto bytes = proto::write_content(*m.content);
      body.content = deps_->setup.keys.hash(bytes);
      body.content_size = static_cast<std::uint32_t>(bytes.size());
      if (gossip_->content(body.content) == nullptr) gossip_->keep_content(std::move(bytes));
    }
    publish(own_->describe(body, now(), deps_->wall_ms()));
  }
  act();
}

void replicator_state::publish(const std::optional<proto::sealed_record>& record) {
  if (record && !gossip_->publish(*record, now(), deps_->wall_ms()))
    log::debug("own_record_refused", {{"kind", static_cast<int>(record->head.kind)}});
}

void replicator_state::on_due(const records_due& m) {
  if (m.alarm != alarm_) return;
  armed_for_ = {};
  gossip_->tick(now(), deps_->wall_ms());
  for (const auto& record : own_->take_due(now(), deps_->wall_ms())) publish(record);
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
  if (is_view_stale_) due = std::min(due, next_view_);
  if (!unkept_.empty()) due = std::min(due, next_keep_);
  if (armed_for_ != instant{} && armed_for_ <= due) return;
  armed_for_ = due;
  self_->delayed_send(self_, std::max<steady_clock::duration>(due - now(), milliseconds(1)), records_due{++alarm_});
}

}  // namespace edgemesh::actors
