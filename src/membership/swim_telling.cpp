// Who is told what: news while it is new, those who are behind when they show it, and a slow refreshing of everything.
#include <algorithm>
#include <utility>

#include "membership/swim_parts.hpp"

namespace edgemesh::membership {

int swim::parts::tell_limit() const noexcept { return retransmits_of(setup.options.retransmit_mult, table.living() + 1); }

void swim::parts::add_news(std::uint32_t subject) {
  if (!is_eager) gossip_at = gossiped == instant{} ? now : std::max(now, gossiped + setup.options.gossip_interval);
  is_eager = true;
  news.add(subject);
}

/// What changes nobody's mind need not hurry: in a mesh where everything is told by many it rides on pings and acks from the start.
void swim::parts::add_lesser_news(std::uint32_t subject) {
  if (table.living() < small_mesh_max) return add_news(subject);
  if (!news.has(subject)) news.add(subject, static_cast<std::size_t>(eager_told()));
}

/// The evidence about a subject: an accusation goes with the liveness proof that shows the incarnation which it is about.
void swim::parts::append(std::vector<std::string>& updates, std::uint32_t subject) {
  if (updates.size() >= proto::updates_max) return;
  if (subject == self_slot) return updates.push_back(own_liveness->raw);
  member_entry& m = table.at(subject);
  if (!m.liveness) return;
  if (updates.size() + (m.accusation ? 2 : 1) > proto::updates_max) return;
  updates.push_back(m.liveness->raw);
  if (!m.accusation) return;
  renew_accusation(m);
  updates.push_back(m.accusation->raw);
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
  if (to.told >= 2 || updates.size() >= proto::updates_max) return;
  ++to.told;
  updates.push_back(own_liveness->raw);
}

void swim::parts::append_answers(std::vector<std::string>& updates) {
  std::ranges::sort(to_answer);
  const auto twice = std::ranges::unique(to_answer);
  to_answer.erase(twice.begin(), twice.end());
  for (const auto subject : to_answer) append(updates, subject);
  to_answer.clear();
}

void swim::parts::append_news(std::vector<std::string>& updates, std::size_t room) {
  const auto records_about = [this](std::uint32_t subject) -> std::size_t {
    if (subject == self_slot) return 1;
    const member_entry& m = table.at(subject);
    return m.accusation ? 2 : 1;
  };
  room = std::min(room, proto::updates_max - std::min(updates.size(), proto::updates_max));
  for (const auto subject : news.take(room, tell_limit(), records_about)) append(updates, subject);
}

/// One member per second ping, in turn: mends what every retransmission missed, at a price that does not depend on the mesh's size.
void swim::parts::append_refresh(std::vector<std::string>& updates) {
  const auto& all = table.all();
  if (all.empty()) return;
  refresh_next = (refresh_next + 1) % (all.size() + 1);
  append(updates, refresh_next == all.size() ? self_slot : all[refresh_next]->slot);
}

/// What rides on a ping or an ack: what it is accused of (Lifeguard's buddy system), our own proof, answers, news.
std::vector<std::string> swim::parts::updates_for(member_entry& to) {
  std::vector<std::string> updates;
  if (to.state != member_state::alive) append(updates, to.slot);
  const bool has_own = std::ranges::find(to_answer, self_slot) != to_answer.end();
  append_answers(updates);
  if (!has_own) append_own(updates, to);
  append_news(updates, piggyback_max);
  return updates;
}

void swim::parts::tell_if_due(member_entry& m, nanoseconds pause) {
  if (m.answered != instant{} && now < m.answered + pause) return;
  m.answered = now;
  answer_later(m.slot);
}

void swim::parts::tell_news() {
  gossiped = now;
  gossip_at = now + setup.options.gossip_interval;
  const auto fits = [&](std::uint32_t slot) {
    const member_entry& m = table.at(slot);
    if (m.state == member_state::dead) return now < m.since + setup.options.gossip_to_dead;
    return m.is_living();
  };
  const auto fanout = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, setup.options.gossip_fanout)), gossip_ring.size());
  for (std::size_t i = 0; i < fanout && !news.is_empty(); ++i) {
    const auto slot = gossip_ring.next(chance, fits);
    if (!slot) break;
    std::vector<std::string> updates;
    append_news(updates, proto::updates_max);
    if (!updates.empty()) send(table.at(*slot).key, proto::rumours{std::move(updates)});
  }
  // Two rounds reach nearly everybody; what is missing then comes with the pings, so that single pieces of news stay cheap.
  is_eager = news.size() > backlog_max || news.has_fresh(eager_told());
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

/// Rumours without updates are a question for everything. Asked twice after a start.
void swim::parts::ask_table(member_entry& of) {
  if (ask_table_at != instant{} && now < ask_table_at) return;
  ask_table_at = now + seconds{1};
  ++tables_asked;
  of.asked = now;
  send(of.key, proto::rumours{});
}

std::uint64_t swim::parts::summary() const noexcept {
  return table.summary() ^ member_table::summary_word(self, is_leaving ? member_state::left : member_state::alive, incarnation);
}

/// Whoever missed news that is no longer told finds nobody who knows the same. Its neighbours find most others agreeing with them and
/// leave it alone.
void swim::parts::compare_tables(member_entry& with, std::uint64_t theirs) {
  if (theirs == 0 || !news.is_empty() || now < changed_at + quiet_before_compare) return;
  if (theirs == summary()) {
    differing_acks = 0;
    return;
  }
  if (++differing_acks < differing_acks_max || (ask_table_at != instant{} && now < ask_table_at)) return;
  ask_table(with);
  differing_acks = 0;
  ask_table_at = now + table_pause;
  table_pause = std::min(2 * table_pause, table_pause_max);
}

void swim::parts::send_table(member_entry& to) {
  if (to.table_sent != instant{} && now < to.table_sent + milliseconds{500}) return;
  to.table_sent = now;
  std::vector<std::string> updates{own_liveness->raw};
  for (const member_entry* m : table.all()) {
    if (m->state == member_state::unknown || m == &to) continue;
    if (updates.size() + 2 > proto::updates_max) send(to.key, proto::rumours{std::exchange(updates, {})});
    append(updates, m->slot);
  }
  send(to.key, proto::rumours{std::move(updates)});
}

}  // namespace edgemesh::membership
