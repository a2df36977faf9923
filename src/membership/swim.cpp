#include "membership/swim.hpp"

#include <algorithm>
#include <utility>

#include "membership/swim_parts.hpp"

namespace edgemesh::membership {
namespace {

member_view view_of(const member_entry& m) { return {m.key, m.state, m.incarnation, m.since, m.round_trip}; }

}  // namespace

swim::swim(swim_setup setup) : parts_(std::make_unique<parts>(std::move(setup))) {}
swim::~swim() = default;

swim::parts::parts(swim_setup s)
    : setup(std::move(s)), self(setup.keys.own_key()), cache(setup.evidence ? setup.evidence : std::make_shared<evidence_cache>(setup.keys, setup.mesh, evidence_kept)), chance(setup.seed),
      health(setup.options.health_max), incarnation(std::clamp<std::uint64_t>(setup.incarnation, 1, evidence_cache::incarnation_max)) {}

void swim::parts::start(instant at) {
  now = at;
  if (is_started) return;
  is_started = true;
  // The first probe at a random moment of the interval: nodes that start together do not probe together.
  probe_at = now + nanoseconds(static_cast<std::int64_t>(chance.uniform() * static_cast<double>(interval().count())));
  lost_at = now + interval();
  window_at = now;
  own_liveness = sign_liveness(false);
  add_news(self_slot);
}

bool swim::parts::is_target(const node_key& key) const {
  return neighbours.empty() || std::ranges::find(neighbours, key) != neighbours.end();
}

void swim::parts::rebuild_rings() {
  std::vector<std::uint32_t> targets;
  for (const member_entry* m : table.all())
    if (is_target(m->key)) targets.push_back(m->slot);
  probe_ring.assign(targets, chance);
  gossip_ring.assign(targets, chance);
  lost_ring.assign(std::move(targets), chance);
}

std::uint16_t swim::parts::number_of(std::string_view site) {
  if (const auto found = sites.find(site); found != sites.end()) return found->second;
  if (sites.size() >= sites_max) return static_cast<std::uint16_t>(sites_max);
  return sites.emplace(site, static_cast<std::uint16_t>(sites.size())).first->second;
}

void swim::admit(const node_key& who, instant now, std::string_view site) {
  parts& p = *parts_;
  p.start(now);
  const auto number = p.number_of(site);
  if (who == p.self) {
    p.own_site = number;
    return;
  }
  member_entry* known = p.table.find(who);
  if (known) return p.table.set_site(*known, number);
  member_entry* m = p.table.add(who);
  p.table.set_site(*m, number);
  if (p.is_target(who)) {
    p.probe_ring.insert(m->slot, p.chance);
    p.gossip_ring.insert(m->slot, p.chance);
    p.lost_ring.insert(m->slot, p.chance);
  }
  p.now = now;
  p.hear_early(*m);
}

void swim::expel(const node_key& who) {
  parts& p = *parts_;
  member_entry* m = p.table.find(who);
  if (!m) return;
  if (m->state != member_state::unknown) p.push(state_changed{who, m->state, member_state::unknown, m->incarnation});
  p.news.erase(m->slot);
  p.credit.erase(who);
  p.probe_ring.erase(m->slot);
  p.gossip_ring.erase(m->slot);
  p.lost_ring.erase(m->slot);
  std::erase(p.urgent, who);
  std::erase_if(p.probes, [&](const probe& x) { return x.target == who; });
  std::erase_if(p.relays, [&](const relay& x) { return x.target == who || x.origin == who; });
  p.table.erase(who);
}

void swim::set_neighbours(std::vector<node_key> neighbours) {
  std::ranges::sort(neighbours);
  if (neighbours == parts_->neighbours) return;
  parts_->neighbours = std::move(neighbours);
  parts_->rebuild_rings();
}

void swim::on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms) {
  parts& p = *parts_;
  p.start(now);
  p.wall_ms = wall_ms;
  member_entry* sender = p.table.find(from);
  if (!sender) return;
  sender->heard = now;
  p.to_answer.clear();
  p.sender_told_itself = false;
  if (const auto* ping = std::get_if<proto::ping>(&m)) p.on_ping(*sender, *ping);
  if (const auto* ack = std::get_if<proto::ack>(&m)) p.on_ack(*sender, *ack);
  if (const auto* nack = std::get_if<proto::nack>(&m)) p.on_nack(*sender, *nack);
  if (const auto* request = std::get_if<proto::ping_request>(&m)) p.on_ping_request(*sender, *request);
  if (const auto* rumours = std::get_if<proto::rumours>(&m)) p.on_rumours(*sender, *rumours);
}

void swim::on_link_traffic(const node_key& from, instant now) {
  parts& p = *parts_;
  p.start(now);
  member_entry* m = p.table.find(from);
  if (!m) return;
  m->heard = now;
  const bool is_lost = m->state == member_state::unknown || m->state == member_state::dead;
  if (is_lost && !p.is_leaving) p.greet(*m);
}

void swim::on_link_lost(const node_key& who, instant now) {
  parts& p = *parts_;
  p.start(now);
  member_entry* m = p.table.find(who);
  if (!m || !m->is_living()) return;
  m->heard = {};  // what came over the lost link no longer speaks for it
  if (!p.is_target(who)) return;  // given up on purpose; its neighbours watch it
  const auto at_once = static_cast<std::size_t>(std::max(1, p.setup.options.suspicions_per_interval));
  if (p.probes.size() < at_once && p.start_probe(who)) return;
  if (p.urgent.size() < urgent_max && std::ranges::find(p.urgent, who) == p.urgent.end()) p.urgent.push_back(who);
}

void swim::tick(instant now, std::int64_t wall_ms) {
  parts& p = *parts_;
  p.start(now);
  p.wall_ms = wall_ms;
  p.absorb_lag(now);
  p.to_answer.clear();
  p.advance_probes();
  p.advance_relays();
  if (now >= p.doubts_at) p.end_suspicions();
  if (!p.is_leaving && now >= p.probe_at) p.probe_next();
  if (!p.is_leaving && now >= p.lost_at) p.reach_lost();
  if (p.is_eager && now >= p.gossip_at) p.tell_news();
}

/// Whoever was frozen has its answers still to read: nobody is judged by time that this node slept through.
void swim::parts::absorb_lag(instant at) {
  const instant due = next_due();
  if (due == instant::max() || at <= due + setup.options.loop_lag_max) return;
  const auto lag = at - due;
  health.came_late();
  for (auto& p : probes) {
    p.indirect_at += lag;
    p.ends += lag;
  }
  relays.clear();
  for (member_entry* m : table.suspects()) m->doubt->postpone(lag);
}

instant swim::next_due() const noexcept { return parts_->is_started ? parts_->next_due() : instant{}; }

instant swim::parts::next_due() const noexcept {
  instant due = is_leaving ? instant::max() : std::min(probe_at, lost_at);
  if (is_eager) due = std::min(due, gossip_at);
  for (const auto& p : probes) due = std::min(due, p.is_indirect ? p.ends : p.indirect_at);
  for (const auto& r : relays) due = std::min(due, r.has_nacked ? r.ends : r.nack_at);
  return std::min(due, doubts_at);
}

void swim::leave(instant now, std::int64_t wall_ms) {
  parts& p = *parts_;
  p.start(now);
  p.wall_ms = wall_ms;
  if (p.is_leaving) return;
  p.is_leaving = true;
  p.probes.clear();
  p.own_liveness = p.sign_liveness(true);
  p.add_news(member_table::self_slot);
  for (const auto slot : p.gossip_ring.slots())
    if (const member_entry& m = p.table.at(slot); m.is_living()) p.send(m.key, proto::rumours{{p.own_liveness->raw}});
}

std::vector<action> swim::take_actions() { return std::exchange(parts_->actions, {}); }

member_state swim::state_of(const node_key& who) const noexcept {
  if (who == parts_->self) return parts_->is_leaving ? member_state::left : member_state::alive;
  const member_entry* m = parts_->table.find(who);
  return m ? m->state : member_state::unknown;
}

std::optional<member_view> swim::member(const node_key& who) const {
  const member_entry* m = parts_->table.find(who);
  return m ? std::optional(view_of(*m)) : std::nullopt;
}

std::vector<member_view> swim::members() const {
  std::vector<member_view> out;
  out.reserve(parts_->table.all().size());
  for (const member_entry* m : parts_->table.all()) out.push_back(view_of(*m));
  return out;
}

std::uint64_t swim::incarnation() const noexcept { return parts_->incarnation; }
int swim::health_score() const noexcept { return parts_->health.score(); }
const swim_counters& swim::counters() const noexcept { return parts_->counts; }

}  // namespace edgemesh::membership
