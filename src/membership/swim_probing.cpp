// Probes: direct, then through helpers, then a verdict; and probes on behalf of others.
#include <algorithm>

#include "membership/swim_parts.hpp"

namespace edgemesh::membership {
namespace {

bool is_within(instant t, instant now, nanoseconds span) noexcept { return t != instant{} && now - t <= span; }

}  // namespace

/// Three times the slowest of the recent round trips; a probe never takes more than six intervals.
nanoseconds swim::parts::probe_timeout() const noexcept {
  const auto shortest = std::min<nanoseconds>(setup.options.probe_timeout_min, interval());
  return std::clamp<nanoseconds>(3 * trips.p99(), shortest, 2 * interval());
}

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
  const auto timeout = probe_timeout();
  probe p{.target = key, .sequence = ++probe_sequence, .sent = now, .helpers = {}, .nacked = {}};
  p.indirect_at = now + timeout;
  p.ends = now + std::max<nanoseconds>(interval() * health.multiplier(), 3 * timeout);
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
      trips.add(took);
      from.round_trip = from.round_trip ? (*from.round_trip * 7 + took) / 8 : took;
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
  const auto timeout = probe_timeout();
  relays.push_back({.origin = from.key, .target = r.target, .origin_sequence = r.sequence, .sequence = ++probe_sequence,
                    .nack_at = now + timeout * 4 / 5, .ends = now + 3 * timeout});
  std::vector<std::string> updates;
  if (target->liveness && target->state != member_state::alive) append(updates, target->slot);
  send(r.target, proto::ping{probe_sequence, r.target, std::move(updates)});
}

std::vector<node_key> swim::parts::choose_helpers(const node_key& beside) {
  std::vector<node_key> out;
  const auto& slots = gossip_ring.slots();
  const auto wanted = static_cast<std::size_t>(std::max(0, setup.options.indirect));
  for (std::size_t tried = 0; tried < 4 * wanted + 8 && out.size() < wanted && !slots.empty(); ++tried) {
    const member_entry& m = table.at(slots[chance.below(slots.size())]);
    if (m.key == beside || m.state != member_state::alive) continue;
    if (std::ranges::find(out, m.key) == out.end()) out.push_back(m.key);
  }
  return out;
}

/// Helpers, and a second ping of our own: the link's check that memberlist does over TCP (F8).
void swim::parts::ask_helpers(probe& p) {
  p.is_indirect = true;
  p.helpers = choose_helpers(p.target);
  for (const node_key& helper : p.helpers) send(helper, proto::ping_request{p.sequence, p.target, {}});
  std::vector<std::string> updates;
  const member_entry* m = table.find(p.target);
  if (m->state == member_state::suspect) append(updates, m->slot);
  send(p.target, proto::ping{p.sequence, p.target, std::move(updates)});
}

void swim::parts::advance_probes() {
  for (std::size_t i = 0; i < probes.size();) {
    probe& p = probes[i];
    const member_entry* m = table.find(p.target);
    const bool is_over = !m->is_living() || (p.is_indirect && now >= p.ends);
    if (!is_over && !p.is_indirect && now >= p.indirect_at) {
      // A live link with traffic counts as an answer (F8): no helpers are troubled.
      if (is_within(m->heard, now, interval())) {
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
  if (!m->is_living()) return;
  if (is_within(m->heard, now, interval())) return health.probe_succeeded();
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
