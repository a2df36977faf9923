#include <caf/all.hpp>

#include "actors/mesh/links_state.hpp"
#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"
#include "platform/stream_pair.hpp"

namespace edgemesh::actors {

std::string_view name_of(link_phase p) noexcept {
  switch (p) {
    case link_phase::none: return "none";
    case link_phase::dialling: return "dialling";
    case link_phase::opening: return "opening";
    case link_phase::up: return "up";
  }
  return "none";
}

links_actor::behavior_type links(links_actor::stateful_pointer<links_state> self, links_deps deps) {
  adopt_house_rules(self);
  self->set_exit_handler([self](caf::exit_msg& m) {
    self->state.end();
    self->quit(std::move(m.reason));
  });
  self->state.start(std::move(deps));
  return {
      [self](const wire_ready& m) { self->state.on_wire(m); },
      [self](const dial_failed& m) { self->state.on_dial_failed(m); },
      [self](const wire_opened& m) { self->state.on_opened(m); },
      [self](const wire_closed& m) { self->state.on_closed(m); },
      [self](const link_greeted& m) { self->state.on_greeted(m); },
      [self](const link_ended& m) { self->state.on_ended(m); },
      [self](const link_answered& m) { self->state.on_answered(m); },
      [self](const nodes_told& m) { self->state.on_nodes(m); },
      [self](const liveness_told& m) { self->state.on_liveness(m); },
      [self](const link_wished& m) { self->state.on_wished(m); },
      [self](const links_due& m) { self->state.on_due(m); },
      [self](const inspect_links& m) { self->state.on_inspect(m); },
      [self](const links_rekeyed& m) { self->state.on_rekeyed(m); },
      [self](const links_outdated& m) { self->state.on_outdated(m); },
  };
}

links_actor spawn_links(actor_home home, links_deps deps) {
  return spawn_on<links_actor, links_state>(home, links, std::move(deps));
}

void links_state::start(links_deps deps) {
  deps_.emplace(std::move(deps));
  rng_ = random_source(deps_->seed);
}

instant links_state::now() const { return self_->clock().now(); }

void links_state::take(linked_peer& p, bool is_dialled, std::shared_ptr<wire> connection) {
  auto& l = p.link.emplace();
  l.id = ++last_link_;
  l.is_dialled = is_dialled;
  l.connection = std::move(connection);
  l.since = now();
  const auto self = caf::actor_cast<links_actor>(self_);
  l.connection->start([self, id = l.id](int descriptor) { caf::anon_send(self, wire_opened{id, descriptor}); },
                      [self, id = l.id](std::string why) { caf::anon_send(self, wire_closed{id, std::move(why)}); });
}

void links_state::on_opened(const wire_opened& m) {
  auto* p = entry_of(m.link);
  if (p == nullptr || p->link->is_leaving) {
    platform::close_stream(m.descriptor);
    return;
  }
  p->link->actor = deps_->make_link(deps_of(*p, *p->link, m.descriptor));
}

void links_state::on_greeted(const link_greeted& m) {
  auto* p = entry_of(m.link);
  if (p == nullptr || p->link->is_leaving) return;
  if (is_twin(*p, *m.theirs)) return refuse_twin(*p);
  auto& l = *p->link;
  const auto wall = deps_->wall_ms();
  l.is_up = true;
  l.since = now();
  l.theirs = m.theirs;
  l.version = m.version;
  l.clock_ahead = milliseconds(m.theirs->wall_ms - wall);
  p->problem.clear();
  log::info("link_up", {{"peer", p->node.name}, {"dialled", l.is_dialled}, {"version", int{l.version}}});
  const link_up up{p->node.at.key, l.actor, l.version};
  deps_->up(up);
  deps_->greeted(p->node.at.key, l.theirs, wall);
  caf::anon_send(deps_->membership, up);
  plan();
}

void links_state::on_closed(const wire_closed& m) {
  auto* p = entry_of(m.link);
  if (p == nullptr) return;
  auto& l = *p->link;
  if (!l.actor) return lost(*p, m.why);
  // BASP has seen the end of its stream and tells the link's actor; until then CAF takes no other connection to that node.
  const bool was_up = l.is_up;
  cut(*p, m.why);
  if (!was_up) caf::anon_send(l.actor, close_link{m.why});
}

void links_state::on_ended(const link_ended& m) {
  auto* p = entry_of(m.link);
  if (p == nullptr) return;
  const auto why = p->link->is_leaving ? p->problem : m.why;
  cut(*p, why);
  lost(*p, why);
}

/// No longer used from now on, and on its way out.
void links_state::cut(linked_peer& p, const std::string& why) {
  auto& l = *p.link;
  l.connection->close();
  l.is_leaving = true;
  p.problem = why;
  if (!std::exchange(l.is_up, false)) return;
  log::info("link_lost", {{"peer", p.node.name}, {"reason", why}});
  if (is_surplus(p) && deps_->given_up) {
    // No sign of a death, on neither side: membership hears that it is no neighbour before it hears that the link is gone.
    tell_neighbours();
    deps_->given_up({p.node.at.key});
  } else {
    deps_->down({p.node.at.key, p.is_dialled_at_once});
  }
  caf::anon_send(deps_->membership, link_down{p.node.at.key});
  if (now() - l.since > seconds(5)) p.pauses.reset();
}

void links_state::lost(linked_peer& p, std::string why) {
  p.link.reset();
  pause(p, std::move(why));
  if (std::exchange(p.is_dialled_at_once, false)) p.next_dial = {};
  if (auto next = std::exchange(p.waiting, std::nullopt)) take(p, next->is_dialled, std::move(next->connection));
  plan();
}

void links_state::on_nodes(const nodes_told& m) {
  std::map<node_key, linked_peer> next;
  for (const auto& node : m.nodes) {
    if (node.at.key == deps_->self) {
      own_ = node;
      continue;
    }
    auto known = peers_.extract(node.at.key);
    for (auto key = node.former.begin(); known.empty() && key != node.former.end(); ++key)
      if (known = peers_.extract(*key); !known.empty()) take_place_of(known.mapped(), node);
    auto& p = next[node.at.key];
    if (!known.empty()) p = std::move(known.mapped());
    else p.pauses = resilience::backoff(deps_->pauses);
    if (p.node.address != node.address) p.next_dial = {};
    p.node = node;
  }
  for (auto& [_, gone] : peers_) {
    if (gone.waiting) gone.waiting->connection->close();
    if (gone.link) part(gone, "it is not a member any more");
  }
  peers_ = std::move(next);
  plan();
}

void links_state::part(linked_peer& p, const std::string& why) {
  const auto actor = p.link->actor;
  if (!p.link->is_leaving) cut(p, why);
  if (actor) caf::anon_send(actor, close_link{why});
}

/// A node that is known by another key now: the link under the old one ends, and then CAF takes another connection from it.
void links_state::take_place_of(linked_peer& p, const known_node& node) {
  if (p.waiting) p.waiting->connection->close();
  p.waiting.reset();
  p.dialling_until = {};
  p.next_dial = {};
  p.liveness = membership::member_state::unknown;
  if (!p.link) return;
  p.is_dialled_at_once = true;
  const bool is_half_made = !p.link->actor;
  part(p, "it has a new key");
  p.node = node;
  if (is_half_made) p.link.reset();
}

void links_state::on_rekeyed(const links_rekeyed& m) {
  deps_->self = m.to;
  for (auto& [_, p] : peers_) p.is_dialled_at_once = p.link.has_value();  // whoever closes it first
  caf::anon_send(deps_->membership, neighbours_told{neighbours_});         // it has begun anew
  self_->delayed_send(self_, outdated_in, links_outdated{now()});
}

void links_state::on_outdated(const links_outdated& m) {
  std::vector<std::uint64_t> old;
  for (auto& [_, p] : peers_)
    if (p.link && p.link->since <= m.before) old.push_back(p.link->id);
  for (const auto id : old) {
    auto* p = entry_of(id);
    if (p == nullptr) continue;
    const bool is_half_made = !p->link->actor;
    part(*p, "this node has a new key");
    if (is_half_made) lost(*p, "this node has a new key");
  }
}

void links_state::on_liveness(const liveness_told& m) {
  const auto at = peers_.find(m.who);
  if (at == peers_.end()) return;
  at->second.liveness = m.state;
  plan();
}

linked_peer* links_state::entry_of(std::uint64_t link) {
  for (auto& [_, p] : peers_)
    if (p.link && p.link->id == link) return &p;
  return nullptr;
}

void links_state::on_inspect(const inspect_links& m) const {
  std::vector<link_view> all;
  for (const auto& [key, p] : peers_) {
    link_view v;
    v.peer = key;
    v.is_wanted = p.is_wanted;
    v.problem = p.problem;
    if (p.link) {
      v.phase = p.link->is_up ? link_phase::up : link_phase::opening;
      v.is_dialled = p.link->is_dialled;
      v.since = p.link->since;
      v.version = p.link->version;
      if (p.link->theirs) v.features = p.link->theirs->features;
      v.clock_ahead = p.link->clock_ahead;
    } else if (p.dialling_until != instant{}) {
      v.phase = link_phase::dialling;
    }
    all.push_back(std::move(v));
  }
  m.reply.complete(std::move(all));
}

void links_state::end() {
  for (auto& [_, p] : peers_) {
    if (p.waiting) p.waiting->connection->close();
    if (!p.link) continue;
    p.link->connection->close();
    if (p.link->actor) caf::anon_send(p.link->actor, close_link{"this node ends"});
  }
  peers_.clear();
}

}  // namespace edgemesh::actors
