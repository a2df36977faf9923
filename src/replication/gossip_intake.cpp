// Which of the records that come are taken, and what follows from them.
#include <algorithm>

#include "replication/gossip_parts.hpp"

namespace edgemesh::replication {
namespace {

using proto::record_kind;

constexpr std::int64_t future_ms = 500;       // a clock that far ahead is wrong
constexpr seconds over_budget_pause{1};       // before a neighbour that sent too much is asked for its digest

bool describes_itself(const proto::sealed_record& r) noexcept { return r.head.kind == record_kind::node || r.head.kind == record_kind::backend; }

/// Bodies of kinds that this build knows are read before they are passed on, so that nonsense ends at its signer's neighbours.
bool is_body_sound(const proto::sealed_record& r) {
  if (r.head.kind == record_kind::node) return proto::read_node(r).has_value();
  if (r.head.kind == record_kind::backend) return proto::read_backend(r).has_value();
  return true;
}

}  // namespace

void gossip::parts::take_records(const proto::records& m, const arrival& a) {
  std::vector<proto::sealed_record> membership, descriptions;
  for (const auto& raw : m.raw) {
    ++counters.records_in;
    auto r = proto::read_record(raw);
    if (!r) ++counters.records_refused;
    else (is_about_membership(r->head.kind) ? membership : descriptions).push_back(std::move(*r));
  }
  // Who belongs to the mesh first: what else is in the message may rest on it.
  take_membership(std::move(membership), a);
  for (const auto& r : descriptions) take_description(r, a);
  if (!corrections.empty()) send_records(a.from, std::exchange(corrections, {}), a.now);
}

bool gossip::parts::is_in_budget(std::uint64_t key, const arrival& a) {
  if (a.from.is_zero() || wanted.is_asked(key)) return true;
  auto& limit = limits_of(a.from);
  if ((repair.is_talking_with(a.from) ? limit.repair_records : limit.records).take(1, a.now)) return true;
  ++counters.records_over_budget;
  repair.doubt(a.from, a.now + over_budget_pause);
  return false;
}

/// New or newer, and from somebody who may bring more: what may cost a signature check.
bool gossip::parts::is_worth_checking(const proto::sealed_record& r, const arrival& a) {
  const auto key = record_table::key_of(r);
  const auto verdict = table.preview(r);
  if (verdict == offer_verdict::news) return is_in_budget(key, a);
  wanted.arrived(key);
  if (verdict == offer_verdict::refused) ++counters.records_refused;
  if (verdict == offer_verdict::known && !a.from.is_zero()) news.known_to(key, a.from);
  if (verdict == offer_verdict::stale) {
    ++counters.records_stale;
    if (!a.from.is_zero()) corrections.push_back(key);
    note_shown_own(r, verdict, a);
  }
  return false;
}

bool gossip::parts::is_genuine(const proto::sealed_record& r, const arrival& a) {
  if (a.from.is_zero() && r.signer == self) return true;
  if (proto::is_genuine(r, root.mesh, keys)) return true;
  ++counters.bad_signatures;
  wanted.arrived(record_table::key_of(r));  // else each forgery under that name would be free of the budget
  return false;
}

/// Somebody has a description of this node that it did not sign in this life, or later than its last one, or another one of the same version.
void gossip::parts::note_shown_own(const proto::sealed_record& r, offer_verdict verdict, const arrival& a) {
  if (r.signer != self || !describes_itself(r)) return;
  if (verdict == offer_verdict::stale) {
    const auto* ours = table.find(record_table::key_of(r));
    if (!ours || ours->head.version != r.head.version || !is_genuine(r, a)) return;
  }
  actions.push_back(own_record_seen{r.head.kind, r.head.subject, r.head.version});
}

void gossip::parts::take_membership(std::vector<proto::sealed_record> batch, const arrival& a) {
  std::erase_if(batch, [&](const auto& r) { return !is_worth_checking(r, a) || !is_genuine(r, a); });
  if (batch.empty()) return;
  if (!a.from.is_zero() && !limits_of(a.from).judgements.take(1, a.now)) {
    counters.records_over_budget += batch.size();
    return repair.doubt(a.from, a.now + over_budget_pause);
  }
  follow_roster(members.learn(batch), a);
  for (const auto& r : batch)
    if (!members.may_keep(r)) ++counters.records_refused;
}

bool gossip::parts::take_description(const proto::sealed_record& r, const arrival& a) {
  if (is_worth_checking(r, a)) {
    if (!members.may_keep(r)) {
      ++counters.records_refused;
      if (!a.from.is_zero()) doubted.insert(a.from);
    } else if (!is_body_sound(r)) {
      ++counters.records_refused;
    } else if (is_genuine(r, a)) {
      store(r, a);
    }
  }
  const auto* kept = table.find(record_table::key_of(r));
  return kept && *kept == r;
}

void gossip::parts::store(const proto::sealed_record& r, const arrival& a) {
  if (table.offer(r) != offer_verdict::news) return;
  ++counters.records_new;
  if (r.head.stamp_ms > a.wall_ms + future_ms) ++counters.records_from_future;
  const auto why = wanted.arrived(record_table::key_of(r));
  actions.push_back(record_learned{r});
  if (!a.from.is_zero()) note_shown_own(r, offer_verdict::news, a);
  refer_content(r, a);
  spread_news(r, why, a);
}

/// The table keeps those membership records to whose signer a chain leads, and nothing of those who are out.
void gossip::parts::follow_roster(bool has_changed, const arrival& a) {
  std::vector<proto::sealed_record> fresh;
  members.for_each_record([&](const proto::sealed_record& r, bool is_anchored) {
    if (!is_anchored) table.forget(record_table::key_of(r));
    else if (table.preview(r) == offer_verdict::news) fresh.push_back(r);
  });
  for (const auto& r : fresh) store(r, a);
  if (!has_changed) return;
  drop_what_may_not_stay();
  for (const auto& who : std::exchange(doubted, {})) repair.doubt(who, a.now + options.push_interval);
  actions.push_back(roster_changed{});
}

void gossip::parts::drop_what_may_not_stay() {
  if (removals_seen == members.removals()) return;
  removals_seen = members.removals();
  table.keep_only([&](const proto::sealed_record& r) {
    if (is_about_membership(r.head.kind) || members.may_keep(r)) return true;
    const auto key = record_table::key_of(r);
    if (const auto unused = shelf.refer(key, {}); !unused.is_zero()) fetches.forget(unused);
    news.forget(key);
    return false;
  });
}

void gossip::parts::refer_content(const proto::sealed_record& r, const arrival& a) {
  if (r.head.kind != record_kind::backend) return;
  const auto body = proto::read_backend(r);
  if (!body) return;
  const auto hash = body->is_gone ? content_hash{} : body->content;
  if (const auto unused = shelf.refer(record_table::key_of(r), hash); !unused.is_zero()) fetches.forget(unused);
  if (!hash.is_zero() && !shelf.find(hash) && r.signer != self)
    fetches.want(hash, body->content_size, r.signer, a.from, a.now);
}

}  // namespace edgemesh::replication
