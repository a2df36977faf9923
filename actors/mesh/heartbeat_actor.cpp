#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/heartbeat_state.hpp"
#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"
#include "proto/frame.hpp"

namespace edgemesh::actors {

heartbeat_actor::behavior_type heartbeat(heartbeat_actor::stateful_pointer<heartbeat_state> self, heartbeat_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const watch_way& m) { self->state.on_watch(m); },
      [self](const link_down& m) { self->state.on_link_down(m); },
      [self](const frame_arrived& m) { self->state.on_frame(m); },
      [self](ways_busy) { self->state.on_busy(); },
      [self](beats_due) { self->state.on_due(); },
  };
}

heartbeat_actor spawn_heartbeat(actor_home home, heartbeat_deps deps) {
  return spawn_on<heartbeat_actor, heartbeat_state>(home, heartbeat, std::move(deps));
}

void heartbeat_state::start(heartbeat_deps deps) {
  deps_ = std::move(deps);
  machine_ = std::make_unique<membership::heartbeats>(deps_.options);
}

void heartbeat_state::on_watch(const watch_way& m) {
  machine_->link_down(m.peer);  // of an older link nothing is awaited any more
  machine_->link_up(m.peer);
  m.way->silent_since.store(0, std::memory_order_relaxed);
  ways_[m.peer] = {m.link, m.version, m.way};
}

/// Whoever told of the loss has put the way aside; without a link there is nobody to ask.
void heartbeat_state::on_link_down(const link_down& m) {
  machine_->link_down(m.peer);
  const auto at = ways_.find(m.peer);
  if (at == ways_.end()) return;
  at->second.way->silent_since.store(0, std::memory_order_relaxed);
  ways_.erase(at);
}

void heartbeat_state::on_frame(const frame_arrived& m) {
  const auto message = proto::decode(m.kind, m.payload);
  const auto* answer = message ? std::get_if<proto::beat_back>(&*message) : nullptr;
  if (answer == nullptr || !machine_->answered(m.from, answer->sequence)) return;
  const auto at = ways_.find(m.from);
  if (at == ways_.end()) return;
  at->second.way->silent_since.store(0, std::memory_order_relaxed);
  log::info("peer_answers_again", {{"key", m.from.brief()}});
}

void heartbeat_state::on_busy() {
  if (!is_armed_) on_due();
}

void heartbeat_state::on_due() {
  is_armed_ = false;
  const auto now = self_->clock().now();
  const auto round = machine_->tick(now, [this](const node_key& peer) {
    const auto& way = *ways_.at(peer).way;
    const auto measured = way.round_trip_us.load(std::memory_order_relaxed);
    return membership::heartbeats::way{way.outstanding.load() > 0, measured > 0 ? std::optional(microseconds(measured)) : std::nullopt};
  });
  for (const auto& peer : round.silent) {
    ways_.at(peer).way->silent_since.store(to_ticks(now), std::memory_order_relaxed);
    log::warn("peer_is_silent", {{"key", peer.brief()}});
  }
  for (const auto& beat : round.beats) {
    const auto& to = ways_.at(beat.to);
    caf::anon_send(to.link, send_frame{proto::seal_frame(to.version, proto::message_kind::beat, deps_.mesh, proto::encode(proto::beat{beat.sequence}))});
  }
  if (round.goes_on) return arm();
  deps_.watch->rests();
  if (is_any_busy()) arm();
}

bool heartbeat_state::is_any_busy() const {
  return std::any_of(ways_.begin(), ways_.end(), [](const auto& w) { return w.second.way->outstanding.load() > 0; });
}

void heartbeat_state::arm() {
  is_armed_ = true;
  self_->delayed_send(self_, deps_.options.interval, beats_due{});
}

}  // namespace edgemesh::actors
