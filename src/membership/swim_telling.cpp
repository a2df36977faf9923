// Who is told what: news while it is new, those who are behind when they show it, and a slow refreshing of everything.
#include <algorithm>
#include <utility>

#include "membership/swim_parts.hpp"

namespace edgemesh::membership {

int swim::parts::tell_limit() const noexcept { return retransmits_of(setup.options.retransmit_mult, table.living() + 1); }

void swim::parts::add_news(const node_key& subject) {
  if (news.is_empty()) gossip_at = gossiped == instant{} ? now : std::max(now, gossiped + setup.options.gossip_interval);
  news.add(subject);
}

/// The evidence about a subject: an accusation goes with the liveness proof that shows the incarnation which it is about.
void swim::parts::append(std::vector<std::string>& updates, const node_key& subject) {
  if (updates.size() + 2 > proto::updates_max) return;
  if (subject == self) return updates.push_back(own_liveness->raw);
  member_entry* m = table.find(subject);
  if (!m || !m->liveness) return;
  updates.push_back(m->liveness->raw);
  if (!m->accusation) return;
  renew_accusation(*m);
  updates.push_back(m->accusation->raw);
}

/// The accuser may have died since, and the dead are not believed: then what we hold goes under our own name.
void swim::parts::renew_accusation(member_entry& m) {
  if (m.state != member_state::dead || m.accusation->signer == self) return;
  const member_entry* accuser = table.find(m.accusation->signer);
  if (accuser && accuser->state == member_state::alive) return;
  m.accusation = sign_accusation(m, proto::accused_of::dead);
}

void swim::parts::append_own(std::vector<std::string>& updates, member_entry& to) {
  if (to.told_incarnation != incarnation) {
    to.told_incarnation = incarnation;
    to.told = 0;
  }
  if (to.told >= 2) return;
  ++to.told;
  updates.push_back(own_liveness->raw);
}

void swim::parts::append_answers(std::vector<std::string>& updates) {
  std::ranges::sort(to_answer);
  const auto twice = std::ranges::unique(to_answer);
  to_answer.erase(twice.begin(), twice.end());
  for (const node_key& subject : to_answer) append(updates, subject);
  to_answer.clear();
}

void swim::parts::append_news(std::vector<std::string>& updates, std::size_t subjects) {
  for (const node_key& subject : news.take(subjects, tell_limit())) append(updates, subject);
}

/// One member per second ping, in turn: mends what every retransmission missed, at a price that does not depend on the mesh's size.
void swim::parts::append_refresh(std::vector<std::string>& updates) {
  const auto& all = table.all();
  if (all.empty()) return;
  refresh_next = (refresh_next + 1) % (all.size() + 1);
  append(updates, refresh_next == all.size() ? self : all[refresh_next]->key);
}

/// What rides on a ping or an ack: what it is accused of (Lifeguard's buddy system), our own proof, answers, news.
std::vector<std::string> swim::parts::updates_for(member_entry& to) {
  std::vector<std::string> updates;
  if (to.state != member_state::alive) append(updates, to.key);
  const bool has_own = std::ranges::find(to_answer, self) != to_answer.end();
  append_answers(updates);
  if (!has_own) append_own(updates, to);
  append_news(updates, piggyback_max);
  return updates;
}

void swim::parts::tell_if_due(member_entry& m, nanoseconds pause) {
  if (m.answered != instant{} && now < m.answered + pause) return;
  m.answered = now;
  answer_later(m.key);
}

void swim::parts::tell_news() {
  gossiped = now;
  gossip_at = now + setup.options.gossip_interval;
  const auto fits = [&](const node_key& key) {
    const member_entry* m = table.find(key);
    if (m->state == member_state::dead) return now < m->since + setup.options.gossip_to_dead;
    return m->is_living();
  };
  const auto fanout = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, setup.options.gossip_fanout)), gossip_ring.size());
  for (std::size_t i = 0; i < fanout && !news.is_empty(); ++i) {
    const auto* key = gossip_ring.next(chance, fits);
    if (!key) return;
    std::vector<std::string> updates;
    append_news(updates, proto::updates_max / 2);
    if (!updates.empty()) send(*key, proto::rumours{std::move(updates)});
  }
}

void swim::parts::on_rumours(member_entry& from, const proto::rumours& r) {
  if (r.updates.empty()) return send_table(from);
  hear(from, r.updates);
  if (from.state == member_state::dead || from.state == member_state::suspect) tell_if_due(from, interval());
  std::vector<std::string> back;
  append_answers(back);
  if (!back.empty()) send(from.key, proto::rumours{std::move(back)});
  if (from.state == member_state::unknown && !is_leaving) greet(from);
}

/// Rumours without updates are a question for everything. Asked a few times after a start, and after having been called dead.
void swim::parts::ask_table(member_entry& of) {
  const bool is_wanted = tables_asked < tables_asked_min || (tables_asked < tables_asked_max && table.unknown() > 0);
  if (!is_wanted || (ask_table_at != instant{} && now < ask_table_at)) return;
  ask_table_at = now + seconds{1 << std::min(tables_asked, 8)};
  ++tables_asked;
  of.asked = now;
  send(of.key, proto::rumours{});
}

void swim::parts::send_table(member_entry& to) {
  if (to.table_sent != instant{} && now < to.table_sent + milliseconds{500}) return;
  to.table_sent = now;
  std::vector<std::string> updates{own_liveness->raw};
  for (const member_entry* m : table.all()) {
    if (m->state == member_state::unknown || m == &to) continue;
    if (updates.size() + 2 > proto::updates_max) send(to.key, proto::rumours{std::exchange(updates, {})});
    append(updates, m->key);
  }
  send(to.key, proto::rumours{std::move(updates)});
}

}  // namespace edgemesh::membership
