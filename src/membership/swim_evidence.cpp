// What signed records do to the table. Each rule is one of mesh.md's F1 to F12: see the comments.
#include <algorithm>
#include <cmath>
#include <utility>

#include "domain/incarnation.hpp"
#include "membership/swim_parts.hpp"

namespace edgemesh::membership {

void swim::parts::hear(member_entry& from, const std::vector<std::string>& updates) {
  evidence_ptr next = updates.empty() ? nullptr : cache->read(updates.front());
  for (std::size_t i = 0; i < std::min(updates.size(), proto::updates_max); ++i) {
    const auto e = std::exchange(next, i + 1 < updates.size() ? cache->read(updates[i + 1]) : nullptr);
    if (!e) {
      ++counts.bad_records;
    } else if (e->subject == self) {
      hear_of_self(from, e);
    } else if (e->is_liveness()) {
      // A proof that goes before the accusation of its incarnation does not show that the sender is behind.
      hear_liveness(from, e, next && !next->is_liveness() && next->subject == e->subject);
    } else {
      hear_accusation(from, e);
    }
  }
}

bool swim::parts::verified(const evidence& e) {
  if (cache->is_genuine(e)) return true;
  ++counts.bad_records;
  return false;
}

/// What somebody tells because we asked for all it knows is old news to the rest.
bool swim::parts::is_table_answer(const member_entry& from) const noexcept {
  return from.asked != instant{} && now < from.asked + seconds{2};
}

/// The news that a newcomer lives and the record that admits it go different ways, and are told once.
void swim::parts::remember_early(const evidence_ptr& e) {
  std::erase_if(early, [&](const evidence_ptr& old) { return old->subject == e->subject; });
  if (early.size() >= early_max) early.erase(early.begin());
  early.push_back(e);
}

void swim::parts::hear_early(member_entry& m) {
  const auto found = std::ranges::find_if(early, [&](const evidence_ptr& e) { return e->subject == m.key; });
  if (found == early.end()) return;
  const auto e = *found;
  early.erase(found);
  hear_liveness(m, e, false);
}

void swim::parts::hear_liveness(member_entry& from, const evidence_ptr& e, bool is_accused_next) {
  member_entry* m = table.find(e->subject, e->subject_hash);
  if (!m) return remember_early(e);
  if (m == &from) sender_told_itself = true;
  if (!outranks(e->what(), m->held())) {
    // Whoever believes an older life is told of the newer evidence; the subject itself above all (F2).
    if (!is_accused_next && e->what() != m->held()) tell_if_due(*m, m == &from ? setup.options.gossip_interval : interval());
    return;
  }
  if (!verified(*e)) return;
  const bool is_known_to_others = m->state == member_state::unknown && m != &from && is_table_answer(from);
  // Whoever heard the accusation passes the refutation on; to the others it changes nothing.
  const bool is_idle = m->state == member_state::alive && e->says == member_state::alive && e->incarnation == m->incarnation + 1;
  if (e->incarnation != m->incarnation) m->told = 0;
  const bool is_untold = m->held_until != instant{};  // nobody heard of the suspicion, so nobody needs the refutation
  credit_refutation(*m, *e);
  note_flap(*m, *e);
  m->liveness = e;
  const auto before = table.summary();
  table.set_incarnation(*m, e->incarnation);
  m->accusation.reset();
  m->doubt.reset();
  become(*m, e->says);
  note_change_since(before);
  if (!is_known_to_others && !is_idle && !is_untold) add_news(m->slot);
}

/// A refutation is the accused incarnation and one; a new life of a restarted node is further away and says nothing about accusers.
void swim::parts::credit_refutation(const member_entry& m, const evidence& refutation) {
  if (!m.doubt || m.doubt->accusers().size() != 1 || refutation.incarnation != m.incarnation + 1) return;
  credit.refuted(m.doubt->accusers().front(), m.key, now);
}

/// How often it was suspected and spoke up of late; halves every half minute.
double swim::parts::flaps_of(const member_entry& m) const noexcept {
  if (m.flaps == 0) return 0;
  return m.flaps * std::exp2(-std::chrono::duration<double>(now - m.flapped).count() / 30.0);
}

void swim::parts::note_flap(member_entry& m, const evidence& refutation) {
  m.held_until = {};
  if (m.state != member_state::suspect || refutation.incarnation != m.incarnation + 1) return;
  m.flaps = flaps_of(m) + 1;
  m.flapped = now;
}

void swim::parts::hear_accusation(member_entry& from, const evidence_ptr& e) {
  member_entry* m = table.find(e->subject, e->subject_hash);
  if (!m) return;
  if (!m->liveness || e->incarnation > m->liveness->incarnation) {
    ++counts.ignored_accusations;  // of an incarnation that the subject never signed, as far as we know
    return;
  }
  if (e->incarnation < m->incarnation) return tell_if_due(*m, interval());
  if (m->state == member_state::dead) {
    if (e->says == member_state::suspect) tell_if_due(*m, interval());
    return;
  }
  if (m->state == member_state::left && e->says == member_state::suspect) return tell_if_due(*m, interval());
  if (m->accusation && m->accusation->raw == e->raw) return;
  if (!is_believed(*e)) {
    ++counts.ignored_accusations;
    return;
  }
  if (!verified(*e)) return;
  if (e->says == member_state::dead) return hear_verdict(from, *m, e);
  ++counts.suspicions_heard;
  doubt(*m, e);
}

/// Nobody listens to those whom it holds suspect or dead itself (F1), nor to who cries wolf.
bool swim::parts::is_believed(const evidence& e) {
  if (e.signer == self) return true;
  const member_entry* accuser = table.find(e.signer);
  if (!accuser || accuser->state == member_state::suspect || accuser->state == member_state::dead) return false;
  return credit.is_heard(e.signer, e.subject, table.living() + 1, now);
}

/// One node's word does not bury a member that this node holds alive: the subject gets the shortest time to answer. A node that has just
/// started and asked for all that is known has nothing that speaks against it.
void swim::parts::hear_verdict(const member_entry& from, member_entry& m, const evidence_ptr& e) {
  const bool is_new_here = m.first_known == now && m.state == member_state::alive && is_table_answer(from);
  const bool is_backed = m.doubt && m.doubt->has_accuser_beside(e->signer);
  if (is_new_here || is_backed || m.state == member_state::left) {
    bury(m, e);
    if (is_new_here) news.erase(m.slot);  // the others know
    return;
  }
  doubt(m, e);
  m.doubt->hasten();
  watch_doubt(m);
}

void swim::parts::doubt(member_entry& m, const evidence_ptr& accusation) {
  if (m.state == member_state::suspect) {
    if (!m.doubt->accuse(accusation->signer, is_near(accusation->signer, m), now)) return;
    m.held_until = {};  // somebody else told it
    m.accusation = accusation;
    watch_doubt(m);
    return add_lesser_news(m.slot);
  }
  m.doubt = std::make_unique<suspicion>(terms_for(m));
  (void)m.doubt->accuse(accusation->signer, is_near(accusation->signer, m), now);
  m.accusation = accusation;
  become(m, member_state::suspect);
  watch_doubt(m);
  add_news(m.slot);
}

suspicion_terms swim::parts::terms_for(const member_entry& m) const noexcept {
  const auto everybody = table.living() + 1;
  const auto in_its_site = table.living_in(m.site) + (m.site == own_site ? 1 : 0);
  return {suspicion_limits_of(setup.options, everybody, in_its_site), suspicion_limits_of(setup.far_options, everybody, everybody)};
}

bool swim::parts::is_near(const node_key& accuser, const member_entry& m) noexcept {
  if (accuser == self) return !is_far(m);
  const member_entry* who = table.find(accuser);
  return who && who->site == m.site;
}

void swim::parts::bury(member_entry& m, const evidence_ptr& accusation) {
  m.doubt.reset();
  m.held_until = {};
  m.accusation = accusation;
  become(m, member_state::dead);
  add_news(m.slot);
}

void swim::parts::become(member_entry& m, member_state to) {
  const auto from = m.state;
  const auto before = table.summary();
  table.set_state(m, to, now);
  note_change_since(before);
  if (from != to) push(state_changed{m.key, from, to, m.incarnation});
}

void swim::parts::note_change_since(std::uint64_t summary_before) {
  if (table.summary() == summary_before) return;
  changed_at = now;
  table_pause = table_pause_min;
}

void swim::parts::accuse(member_entry& m) {
  if (m.state != member_state::alive && m.state != member_state::suspect) return;
  if (now >= window_at + interval() * health.multiplier()) {
    window_at = now;
    suspicions_in_window = 0;
  }
  // Who finds many dead at once is more likely the one that is ill (F1).
  if (suspicions_in_window >= setup.options.suspicions_per_interval) return health.suspected_too_many();
  if (m.doubt && std::ranges::find(m.doubt->accusers(), self) != m.doubt->accusers().end()) return;
  ++suspicions_in_window;
  ++counts.suspicions_raised;
  const bool is_first = m.state == member_state::alive;
  doubt(m, sign_accusation(m, proto::accused_of::suspect));
  // A member that is suspected and refutes again and again is asked itself for a while before everybody is stirred up once more.
  const double flaps = flaps_of(m);
  if (!is_first || flaps < flaps_unheld_max) return;
  m.held_until = now + std::min<nanoseconds>(hold_back_max, interval() * static_cast<int>(2 * flaps));
  watch_doubt(m);
  news.erase(m.slot);
  start_probe(m.key);
}

void swim::parts::release_held_news() {
  for (member_entry* m : table.suspects()) {
    if (m->held_until == instant{} || now < m->held_until) continue;
    m->held_until = {};
    add_news(m->slot);
  }
}

void swim::parts::watch_doubt(const member_entry& m) {
  doubts_at = std::min({doubts_at, m.doubt->deadline(), m.doubt->look_due()});
  if (m.held_until != instant{}) doubts_at = std::min(doubts_at, m.held_until);
}

void swim::parts::look_for(member_entry& m) {
  m.doubt->looked(now);
  start_probe(m.key);
}

void swim::parts::end_suspicions() {
  release_held_news();
  std::vector<member_entry*> over;
  for (member_entry* m : table.suspects()) {
    if (now >= m->doubt->deadline()) over.push_back(m);
    else if (now >= m->doubt->look_due()) look_for(*m);
  }
  for (member_entry* m : over) {
    // Nobody is buried on the word of a single other node, which may have bad ears or lie: this node looks for itself first.
    if (m->doubt->is_hearsay(self)) {
      m->doubt->postpone(probe_window(*m) + probe_timeout(is_far(*m)));
      look_for(*m);
      continue;
    }
    ++counts.deaths;
    bury(*m, sign_accusation(*m, proto::accused_of::dead));
  }
  doubts_at = instant::max();
  for (const member_entry* m : table.suspects()) watch_doubt(*m);
}

void swim::parts::hear_of_self(member_entry& from, const evidence_ptr& e) {
  if (e->incarnation < incarnation) {
    if (now >= from.answered + setup.options.gossip_interval || from.answered == instant{}) {
      from.answered = now;
      answer_later(self_slot);
    }
    return;
  }
  if (is_leaving || e->says == member_state::alive) {
    if (!is_leaving && e->incarnation > incarnation) outlive(*e);
    return;
  }
  if (e->is_liveness()) return outlive(*e);
  if (e->incarnation > incarnation) {  // nobody may accuse of what we did not sign
    ++counts.ignored_accusations;
    return;
  }
  if (e->signer != self && !table.find(e->signer)) {
    ++counts.ignored_accusations;
    return;
  }
  refute(from, e);
}

void swim::parts::refute(member_entry& from, const evidence_ptr& e) {
  // Straight from one whom the others do not believe: it gets an answer, now and then, and nobody else is troubled.
  const bool is_quiet = e->signer == from.key && !credit.is_heard(e->signer, self, table.living() + 1, now);
  if (is_quiet && from.calmed != instant{} && now < from.calmed + quiet_refutation_pause) {
    ++counts.ignored_accusations;
    return;
  }
  if (!verified(*e)) return;
  from.calmed = now;
  credit.refuted(e->signer, self, now);
  health.refuted();
  ++counts.refutations;
  raise_incarnation(incarnation + 1);
  if (!is_quiet) add_news(self_slot);
}

void swim::parts::raise_incarnation(std::uint64_t to) {
  incarnation = std::min(to, evidence_cache::incarnation_max);
  push(incarnation_raised{incarnation});
  own_liveness = sign_liveness(false);
  answer_later(self_slot);
}

/// An older life of this node counted further than this one, which lost its disk or its clock, or it left (F2). By two, as at every start:
/// one more would look like a refutation, which is not passed on by those who never doubted.
void swim::parts::outlive(const evidence& older) {
  if (!verified(older)) return;
  raise_incarnation(next_life(older.incarnation, 0));
  add_news(self_slot);
}

evidence_ptr swim::parts::sign_liveness(bool leaving) {
  const proto::record_author by{setup.keys, setup.mesh, {incarnation, leaving ? 1u : 0u}, wall_ms};
  return cache->keep_own(proto::seal(by, proto::liveness_body{incarnation, leaving}));
}

evidence_ptr swim::parts::sign_accusation(const member_entry& m, proto::accused_of verdict) {
  const proto::record_author by{setup.keys, setup.mesh, {incarnation, ++own_sequence}, wall_ms};
  return cache->keep_own(proto::seal(by, proto::accusation_body{m.key, m.incarnation, verdict}));
}

}  // namespace edgemesh::membership
