// Whom to dial and when, and what happens when two connections to one node meet.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/links_state.hpp"
#include "base/log.hpp"
#include "proto/frame.hpp"

namespace edgemesh::actors {

namespace {

bool is_gone(membership::member_state s) { return s == membership::member_state::dead || s == membership::member_state::left; }

template <class Keys>
bool contains(const Keys& keys, const node_key& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

void links_state::plan() {
  std::vector<membership::place> everybody, living;
  for (const auto& [_, p] : peers_) {
    everybody.push_back(p.node.at);
    if (!is_gone(p.liveness)) living.push_back(p.node.at);
  }
  // The dead are dialled too, slowly: after a partition each side holds the other one dead.
  const auto wanted = membership::links_wanted(own_.at, living);
  const auto wanted_of_all = living.size() == everybody.size() ? wanted : membership::links_wanted(own_.at, everybody);
  for (auto& [key, p] : peers_) {
    p.is_wanted = contains(is_gone(p.liveness) ? wanted_of_all : wanted, key);
    if (p.is_wanted && may_dial(p) && p.next_dial <= now()) dial(p);
  }
  give_up_surplus();
  tell_neighbours();
  arm();
}

/// Above full_mesh_max: a link that neither end wants, as both compute the same. Nodes that nobody can dial keep what they have.
bool links_state::is_surplus(const linked_peer& p) const {
  return !p.is_wanted && peers_.size() >= membership::full_mesh_max && own_.at.is_dialable && p.node.at.is_dialable;
}

/// Links from when the mesh was smaller, from a join, or opened for one message.
void links_state::give_up_surplus() {
  for (auto& [_, p] : peers_) {
    if (!p.link || !p.link->is_up || !p.link->actor || !is_surplus(p) || now() < p.link->since + surplus_max) continue;
    const auto actor = p.link->actor;
    cut(p, "more links than this node holds");
    caf::anon_send(actor, close_link{"more links than that node holds"});
  }
}

bool links_state::may_dial(const linked_peer& p) const {
  return !p.link && !p.waiting && p.dialling_until == instant{} && !p.node.address.empty();
}

void links_state::dial(linked_peer& p) {
  p.dialling_until = now() + dial_max;
  deps_->dial(caf::actor_cast<links_actor>(self_), p.node.at.key, p.node.address);
}

void links_state::on_dial_failed(const dial_failed& m) {
  const auto at = peers_.find(m.peer);
  if (at == peers_.end()) return;
  at->second.dialling_until = {};
  pause(at->second, m.why);
  plan();
}

void links_state::pause(linked_peer& p, std::string why) {
  if (!why.empty() && why != p.problem) log::debug("link_not_open", {{"peer", p.node.name}, {"reason", why}});
  p.problem = std::move(why);
  p.next_dial = now() + p.pauses.next(rng_);
}

void links_state::on_wished(const link_wished& m) {
  const auto at = peers_.find(m.peer);
  if (m.at_once && at != peers_.end()) at->second.next_dial = {};
  if (at != peers_.end() && may_dial(at->second) && at->second.next_dial <= now()) dial(at->second);
  arm();
}

void links_state::tell_neighbours() {
  const bool is_small = peers_.size() < membership::full_mesh_max;
  std::vector<node_key> reachable;
  for (const auto& [key, p] : peers_)
    if ((p.link && p.link->is_up) || (is_small ? !p.node.address.empty() : p.is_wanted)) reachable.push_back(key);
  if (is_small && reachable.size() == peers_.size()) reachable.clear();  // everybody
  if (reachable == neighbours_) return;
  neighbours_ = reachable;
  caf::anon_send(deps_->membership, neighbours_told{std::move(reachable)});
}

void links_state::on_wire(const wire_ready& m) {
  const auto at = peers_.find(m.peer);
  if (at == peers_.end()) return m.connection->close();  // no member as far as this node knows
  auto& p = at->second;
  if (m.is_dialled) p.dialling_until = {};
  if (p.link) meet_rival(p, m);
  else take(p, m.is_dialled, m.connection);
  arm();
}

void links_state::meet_rival(linked_peer& p, const wire_ready& m) {
  if (p.waiting) return m.connection->close();
  const auto& old = *p.link;
  const auto age = std::chrono::duration_cast<milliseconds>(now() - old.since);
  const auto what = old.is_leaving           ? rivalry::take_new
                    : now() < p.twin_until ? rivalry::ask_old
                                           : settle(deps_->self, m.peer, old.is_dialled, m.is_dialled, age, deps_->crossing);
  if (what == rivalry::keep_old) return m.connection->close();
  p.waiting = newcomer{m.is_dialled, m.connection, now() + answer_max, what == rivalry::ask_old};
  if (what == rivalry::take_new) {
    const bool was_up = old.is_up;
    if (was_up) p.displaced = displaced_life{old.theirs->instance, now() + deps_->crossing};
    if (!old.is_leaving) cut(p, "another connection to the same node took its place");
    if (!was_up && old.actor) caf::anon_send(old.actor, close_link{"another connection took its place"});
    if (!old.actor) lost(p, "another connection to the same node took its place");
  } else if (old.is_up) {
    caf::anon_send(old.actor, send_frame{proto::seal_frame(old.version, proto::message_kind::beat, deps_->mesh, proto::encode(proto::beat{own_beat}))});
  }
}

void links_state::on_answered(const link_answered& m) {
  auto* p = entry_of(m.link);
  if (p == nullptr || !p->waiting || !p->waiting->asks_old) return;
  p->waiting->connection->close();
  p->waiting.reset();
  note_twin(*p);
  arm();
}

void links_state::note_twin(linked_peer& p) {
  log::warn("two_nodes_with_one_identity", {{"peer", p.node.name}, {"key", p.node.at.key.brief()}, {"kept", "the one that was here first"}});
  p.twin_until = now() + twin_memory;
  deps_->twin_seen(p.node.at.key);
}

/// A link that is younger than a crossing gives way before anybody has said who he is; the hello tells whether it was the same node.
bool links_state::is_twin(linked_peer& p, const proto::hello& theirs) {
  const auto before = p.displaced;
  if (!before) return false;
  if (now() < before->until && theirs.instance != before->instance) return true;
  p.displaced.reset();
  return false;
}

/// The one that was here first is dialled at once.
void links_state::refuse_twin(linked_peer& p) {
  note_twin(p);
  p.is_dialled_at_once = true;
  part(p, "a second node with its key");
  arm();
}

void links_state::on_due(const links_due& m) {
  if (m.alarm != alarm_) return;
  armed_for_ = {};
  const auto t = now();
  std::vector<std::uint64_t> silent;
  for (auto& [_, p] : peers_) {
    if (p.dialling_until != instant{} && p.dialling_until <= t) {
      p.dialling_until = {};
      pause(p, "it took too long to dial");
    }
    if (p.waiting && p.link && p.waiting->until <= t) silent.push_back(p.link->id);
  }
  for (const auto id : silent) {
    auto* p = entry_of(id);
    if (p == nullptr) continue;
    if (!p->link->is_leaving) cut(*p, "it did not answer");
    p->waiting->asks_old = false;
    p->waiting->until = t + answer_max;
    if (p->link->actor) caf::anon_send(p->link->actor, close_link{"it did not answer"});
    else lost(*p, "it did not answer");
  }
  plan();
}

void links_state::arm() {
  auto due = instant::max();
  for (const auto& [_, p] : peers_) {
    if (p.is_wanted && may_dial(p)) due = std::min(due, p.next_dial);
    if (p.dialling_until != instant{}) due = std::min(due, p.dialling_until);
    if (p.waiting) due = std::min(due, p.waiting->until);
    if (p.link && p.link->is_up && is_surplus(p)) due = std::min<instant>(due, p.link->since + surplus_max);
  }
  if (due == instant::max() || (armed_for_ != instant{} && armed_for_ <= due)) return;
  armed_for_ = due;
  self_->delayed_send(self_, std::max<steady_clock::duration>(due - now(), milliseconds(1)), links_due{++alarm_});
}

}  // namespace edgemesh::actors
