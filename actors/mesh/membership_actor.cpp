#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/membership_state.hpp"
#include "actors/runtime/house_rules.hpp"
#include "proto/messages.hpp"

namespace edgemesh::actors {

namespace {

constexpr seconds nothing_due_max{60};  // a machine with nothing to do says "at the end of time", which no clock can add to now

}  // namespace

membership_actor::behavior_type membership(membership_actor::stateful_pointer<membership_state> self, membership_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const link_up& m) { self->state.on_link_up(m); },
      [self](const link_down& m) { self->state.on_link_down(m); },
      [self](const frame_arrived& m) { self->state.on_frame(m); },
      [self](const members_told& m) { self->state.on_members(m); },
      [self](const neighbours_told& m) { self->state.on_neighbours(m); },
      [self](const swim_due& m) { self->state.on_due(m); },
      [self](const incarnation_stored& m) { self->state.on_stored(m); },
      [self](announce_leave) { self->state.on_leave(); },
      [self](const inspect_membership& m) { self->state.on_inspect(m); },
      [self](const membership_rekeyed& m) { self->state.on_rekeyed(m); },
  };
}

membership_actor spawn_membership(actor_home home, membership_deps deps) {
  return spawn_on<membership_actor, membership_state>(home, membership, std::move(deps));
}

void membership_state::start(membership_deps deps) {
  deps_.emplace(std::move(deps));
  swim_ = std::make_unique<membership::swim>(deps_->setup);
  transport_ = std::make_unique<link_transport>(deps_->setup.mesh, link_transport::ports{[this] { return now(); }, deps_->want_link});
  arm();
}

instant membership_state::now() const { return self_->clock().now(); }

void membership_state::on_link_up(const link_up& m) {
  transport_->on_up(m.peer, m.link, m.version);
  swim_->on_link_traffic(m.peer, now());
  act();
}

void membership_state::on_link_down(const link_down& m) {
  transport_->on_down(m.peer);
  swim_->on_link_lost(m.peer, now());
  act();
}

void membership_state::on_frame(const frame_arrived& m) {
  swim_->on_link_traffic(m.from, now());
  if (const auto message = proto::decode(m.kind, m.payload)) {
    swim_->on_message(m.from, *message, now(), deps_->wall_ms());
    note_clock(m.from, *message);
  }
  act();
}

/// An ack shows its sender's clock, unless it was passed on by a helper (those carry no summary).
void membership_state::note_clock(const node_key& from, const proto::message& m) {
  const auto* ack = std::get_if<proto::ack>(&m);
  if (ack == nullptr || ack->summary == 0 || !deps_->clock_seen_at || !admitted_.contains(from)) return;
  auto& last = clocks_seen_[from];
  if (last != instant{} && now() - last < clock_pause) return;
  last = now();
  const auto view = swim_->member(from);
  deps_->clock_seen_at({from, ack->wall_ms, view && view->round_trip ? *view->round_trip : microseconds(0)});
}

void membership_state::on_members(const members_told& m) {
  std::set<node_key> told;
  for (const auto& member : m.members) told.insert(member.key);
  for (const auto& key : admitted_)
    if (!told.contains(key)) swim_->expel(key);
  for (const auto& member : m.members) swim_->admit(member.key, now(), member.site);
  admitted_ = std::move(told);
  std::erase_if(clocks_seen_, [&](const auto& c) { return !admitted_.contains(c.first); });
  act();
}

void membership_state::on_neighbours(const neighbours_told& m) { swim_->set_neighbours(m.neighbours); }

void membership_state::on_due(const swim_due& m) {
  if (m.alarm != alarm_) return;
  armed_for_ = {};
  swim_->tick(now(), deps_->wall_ms());
  act();
}

void membership_state::on_leave() {
  swim_->leave(now(), deps_->wall_ms());
  act();
}

/// To the others it is another node: it knows them and is known anew, above all that was ever said of it.
void membership_state::on_rekeyed(const membership_rekeyed& m) {
  identity_ = m.to;
  auto setup = deps_->setup;
  swim_ = std::make_unique<membership::swim>(
      membership::swim_setup{*identity_, setup.mesh, setup.options, setup.seed, std::max(setup.incarnation, swim_->incarnation())});
  admitted_.clear();
  held_.clear();
  arm();
}

void membership_state::act() {
  for (auto& action : swim_->take_actions()) {
    if (const auto* m = std::get_if<membership::send_message>(&action)) send(*m);
    else if (const auto* c = std::get_if<membership::state_changed>(&action)) deps_->changed(*c);
    else if (const auto* r = std::get_if<membership::incarnation_raised>(&action)) store_incarnation(r->to);
    else if (const auto* t = std::get_if<membership::round_trip_measured>(&action); t && deps_->measured) deps_->measured(t->who, t->took);
  }
  arm();
}

void membership_state::send(const membership::send_message& m) {
  if (unstored_ == 0) return transport_->send(m.to, m.what);
  if (held_.size() == held_max) held_.pop_front();
  held_.push_back(m);
}

void membership_state::store_incarnation(std::uint64_t to) {
  unstored_ = to;
  const auto self = caf::actor_cast<membership_actor>(self_);
  caf::anon_send(deps_->store, keep_incarnation{to, reply_slot<bool>([self, to](std::optional<bool> kept) {
                                                 if (kept.value_or(false)) caf::anon_send(self, incarnation_stored{to});
                                               })});
}

void membership_state::on_stored(const incarnation_stored& m) {
  if (m.to != unstored_) return;  // a later one is on its way to the disk
  unstored_ = 0;
  for (const auto& held : std::exchange(held_, {})) transport_->send(held.to, held.what);
}

void membership_state::arm() {
  const auto due = std::min(swim_->next_due(), now() + nothing_due_max);
  if (armed_for_ != instant{} && armed_for_ <= due) return;
  armed_for_ = due;
  self_->delayed_send(self_, std::max<steady_clock::duration>(due - now(), nanoseconds(0)), swim_due{++alarm_});
}

void membership_state::on_inspect(const inspect_membership& m) const {
  m.reply.complete({swim_->members(), swim_->incarnation(), swim_->health_score(), swim_->counters()});
}

}  // namespace edgemesh::actors
