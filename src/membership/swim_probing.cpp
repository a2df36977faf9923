// Probes: direct, then through helpers, then a verdict; and probes on behalf of others.
#include <algorithm>

#include "domain/incarnation.hpp"
#include "membership/swim_parts.hpp"

namespace edgemesh::membership {
namespace {

bool is_within(instant t, instant now, nanoseconds span) noexcept { return t != instant{} && now - t <= span; }

}  // namespace

/// Three times the slowest of the recent round trips of that kind; a probe never takes more than six intervals.
nanoseconds swim::parts::probe_timeout(bool far) const noexcept {
  const auto& o = far ? setup.far_options : setup.options;
  const auto shortest = std::min<nanoseconds>(o.probe_timeout_min, o.probe_interval);
  return std::clamp<nanoseconds>(3 * (far ? far_trips : trips).p99(), shortest, 2 * o.probe_interval);
}

nanoseconds swim::parts::probe_window(const member_entry& m) const noexcept { return options_for(m).probe_interval * health.multiplier(); }

bool swim::parts::is_heard_lately(const member_entry& m) const noexcept { return is_within(m.heard, now, options_for(m).probe_interval); }

void swim::parts::probe_next() {
  probe_at = now + interval() * health.multiplier();
  int room = setup.options.suspicions_per_interval;
  for (; room > 0 && !urgent.empty(); --room) {
    start_probe(urgent.front());
    urgent.erase(urgent.begin());
  }
  if (room <= 0) return;
  const auto slot = probe_ring.next(chance, [&](std::uint32_t s) { return table.at(s).is_living(); });
  if (slot) {
    start_probe(table.at(*slot).key);
    return;
  }
  for (int i = 0; i < greetings_per_interval; ++i)
    if (const auto lost = lost_ring.next(chance, [&](std::uint32_t s) { return table.at(s).state != member_state::left; }))
      greet(table.at(*lost));
}

bool swim::parts::start_probe(const node_key& key) {
  member_entry* m = table.find(key);
  if (!m || !m->is_living() || probes.size() >= probes_max) return false;
  if (std::ranges::find(probes, key, &probe::target) != probes.end()) return false;
  ++counts.probes;
  const auto timeout = probe_timeout(is_far(*m));
  probe p{.target = key, .life = life_of(m->incarnation), .sequence = ++probe_sequence, .sent = now, .helpers = {}, .nacked = {}};
  p.indirect_at = now + timeout;
  p.ends = now + std::max<nanoseconds>(probe_window(*m), 3 * timeout);
  refresh_turn = !refresh_turn;
  auto updates = updates_for(*m);
  if (refresh_turn && updates.empty()) append_refresh(updates);
  send(key, proto::ping{p.sequence, key, std::move(updates)});
  probes.push_back(std::move(p));
  return true;
}

/// A ping that no verdict hangs on: to somebody who is unknown or dead, with our own liveness proof and what it is held to be.
void swim::parts::greet(member_entry& m) {
  if (is_within(m.greeted, now, interval())) return;
  m.greeted = now;
  std::vector<std::string> updates;
  if (m.liveness) append(updates, m.slot);
  updates.push_back(own_liveness->raw);
  send(m.key, proto::ping{++probe_sequence, m.key, std::move(updates)});
}

/// A dead node that comes back, or the other half of a mesh that was cut, is found again without anybody's help.
void swim::parts::reach_lost() {
  lost_at = now + lost_contact_intervals * interval();
  if (table.dead() + table.unknown() == 0) return;
  const auto slot = lost_ring.next(chance, [&](std::uint32_t s) {
    const auto state = table.at(s).state;
    return state == member_state::dead || state == member_state::unknown;
  });
  if (slot) greet(table.at(*slot));
}

void swim::parts::on_ping(member_entry& from, const proto::ping& p) {
  if (p.target != self) return;  // meant for an older owner of this address (F11)
  hear(from, p.updates);
  auto updates = updates_for(from);
  const bool has_own = std::ranges::find(updates, own_liveness->raw) != updates.end();
  if (sender_told_itself && !has_own && updates.size() < proto::updates_max) updates.push_back(own_liveness->raw);
  send(from.key, proto::ack{p.sequence, wall_ms, std::move(updates), summary()});
  if (from.state == member_state::unknown && !is_leaving) greet(from);
}

void swim::parts::on_ack(member_entry& from, const proto::ack& a) {
  hear(from, a.updates);
  std::vector<std::string> back;
  append_answers(back);
  if (!back.empty()) send(from.key, proto::rumours{std::move(back)});
  if (from.state == member_state::alive && tables_asked < tables_asked_min) ask_table(from);
  const auto own = std::ranges::find(probes, a.sequence, &probe::sequence);
  if (own != probes.end()) {
    const bool is_direct = own->target == from.key;
    if (is_direct) compare_tables(from, a.summary);
    if (!is_direct && std::ranges::find(own->helpers, from.key) == own->helpers.end()) return;
    if (is_direct && !own->is_indirect) {  // after a second ping nobody knows which one it answers (Karn)
      const auto took = std::chrono::duration_cast<microseconds>(now - own->sent);
      (is_far(from) ? far_trips : trips).add(took);
      from.round_trip = from.round_trip ? (*from.round_trip * 7 + took) / 8 : took;
      push(round_trip_measured{from.key, *from.round_trip});
    }
    health.probe_succeeded();
    probes.erase(own);
    return;
  }
  const auto lent = std::ranges::find_if(relays, [&](const relay& r) { return r.sequence == a.sequence && r.target == from.key; });
  if (lent == relays.end()) return;
  if (member_entry* origin = table.find(lent->origin))
    send(lent->origin, proto::ack{lent->origin_sequence, a.wall_ms, updates_for(*origin)});
  relays.erase(lent);
}

void swim::parts::on_nack(const member_entry& from, const proto::nack& n) {
  const auto p = std::ranges::find(probes, n.sequence, &probe::sequence);
  if (p == probes.end() || std::ranges::find(p->helpers, from.key) == p->helpers.end()) return;
  if (std::ranges::find(p->nacked, from.key) == p->nacked.end()) p->nacked.push_back(from.key);
}

void swim::parts::on_ping_request(member_entry& from, const proto::ping_request& r) {
  hear(from, r.updates);
  std::vector<std::string> back;
  append_answers(back);
  if (!back.empty()) send(from.key, proto::rumours{std::move(back)});
  member_entry* target = table.find(r.target);
  if (!target || is_leaving || relays.size() >= relays_max) return;
  const auto timeout = probe_timeout(is_far(*target));
  relays.push_back({.origin = from.key, .target = r.target, .origin_sequence = r.sequence, .sequence = ++probe_sequence,
                    .nack_at = now + timeout * 4 / 5, .ends = now + 3 * timeout});
  std::vector<std::string> updates;
  if (target->liveness && target->state != member_state::alive) append(updates, target->slot);
  send(r.target, proto::ping{probe_sequence, r.target, std::move(updates)});
}

/// Who asks in its own site asks others there, whose answer comes in time; who asks from afar asks one who is near. The rest is chance.
std::vector<member_entry*> swim::parts::choose_helpers(const member_entry& beside) {
  std::vector<member_entry*> out;
  const auto& slots = gossip_ring.slots();
  const auto wanted = static_cast<std::size_t>(std::max(0, setup.options.indirect));
  const auto choose = [&](std::size_t count, bool only_near) {
    for (std::size_t tried = 0; tried < 4 * wanted + 8 && out.size() < count && !slots.empty(); ++tried) {
      member_entry& m = table.at(slots[chance.below(slots.size())]);
      if (&m == &beside || m.state != member_state::alive || (only_near && m.site != beside.site)) continue;
      if (std::ranges::find(out, &m) == out.end()) out.push_back(&m);
    }
  };
  choose(is_far(beside) ? std::min<std::size_t>(1, wanted) : wanted, true);
  if (out.size() < wanted) choose(wanted, false);
  return out;
}

/// Helpers, and a second ping of our own: the link's check that memberlist does over TCP (F8).
void swim::parts::ask_helpers(probe& p) {
  p.is_indirect = true;
  const member_entry* m = table.find(p.target);
  for (const member_entry* helper : choose_helpers(*m)) {
    p.helpers.push_back(helper->key);
    send(helper->key, proto::ping_request{p.sequence, p.target, {}});
    if (is_far(*helper)) p.ends = std::max<instant>(p.ends, now + 2 * probe_timeout(true));  // "no answer either" has a long way too
  }
  std::vector<std::string> updates;
  if (m->state == member_state::suspect) append(updates, m->slot);
  send(p.target, proto::ping{p.sequence, p.target, std::move(updates)});
}

void swim::parts::advance_probes() {
  for (std::size_t i = 0; i < probes.size();) {
    probe& p = probes[i];
    const member_entry* m = table.find(p.target);
    const bool is_over = !m->is_living() || p.life != life_of(m->incarnation) || (p.is_indirect && now >= p.ends);
    if (!is_over && !p.is_indirect && now >= p.indirect_at) {
      // A live link with traffic counts as an answer (F8): no helpers are troubled.
      if (is_heard_lately(*m)) {
        health.probe_succeeded();
        probes.erase(probes.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      ask_helpers(p);
    }
    if (!is_over) {
      ++i;
      continue;
    }
    const probe done = std::move(p);
    probes.erase(probes.begin() + static_cast<std::ptrdiff_t>(i));
    judge(done);
  }
}

void swim::parts::judge(const probe& p) {
  member_entry* m = table.find(p.target);
  if (!m->is_living() || p.life != life_of(m->incarnation)) return;  // it restarted meanwhile: its silence was that of its life before
  if (is_heard_lately(*m)) return health.probe_succeeded();
  ++counts.probe_failures;
  health.probe_failed(static_cast<int>(p.helpers.size()), static_cast<int>(p.nacked.size()));
  accuse(*m);
}

void swim::parts::advance_relays() {
  for (auto& r : relays) {
    if (r.has_nacked || now < r.nack_at) continue;
    r.has_nacked = true;
    send(r.origin, proto::nack{r.origin_sequence});
  }
  std::erase_if(relays, [&](const relay& r) { return now >= r.ends; });
}

}  // namespace edgemesh::membership
