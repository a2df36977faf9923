#include "replication/policy_registers.hpp"

#include <algorithm>
#include <tuple>

namespace edgemesh::replication {

namespace {

using proto::policy_body;
using proto::policy_dot;
using proto::policy_write;

bool comes_before(const policy_write& a, const policy_write& b) { return std::tie(a.field, a.dot) < std::tie(b.field, b.dot); }

bool has_seen(const policy_body& body, const policy_dot& dot) {
  const auto at = body.seen.find(dot.by);
  return at != body.seen.end() && at->second >= dot.count;
}

bool has_write(const policy_body& body, const policy_write& w) {
  return std::binary_search(body.writes.begin(), body.writes.end(), w, comes_before);
}

bool fits(const policy_body& body) {
  return body.seen.size() <= proto::policy_writers_max && proto::counted_writes(body) <= proto::policy_writes_max &&
         body.secrets.size() <= proto::policy_secrets_max && proto::size_bound(body) <= proto::policy_body_max - proto::policy_revocation_max;
}

const policy_write* revocation_of(const policy_body& body) noexcept {
  const auto at =
    std::find_if(body.writes.begin(), body.writes.end(), [](const policy_write& w) { return w.field == proto::policy_revoked_field; });
  return at == body.writes.end() ? nullptr : &*at;
}

/// Keeps the earlier of two acts, by a total order: so that joining them means the same either way.
void put_revocation(policy_body& body, const policy_write& act) {
  const auto order = [](const policy_write& w) { return std::tie(w.stamp, w.dot, w.author, w.value); };
  if (const auto* have = revocation_of(body); have && order(*have) <= order(act)) return;
  std::erase_if(body.writes, [](const policy_write& w) { return w.field == proto::policy_revoked_field; });
  body.writes.insert(std::upper_bound(body.writes.begin(), body.writes.end(), act, comes_before), act);
}

/// Those of `mine` that the other side has too, or has never seen: what it has seen and no longer has was replaced there.
void keep_surviving(const policy_body& mine, const policy_body& other, std::vector<policy_write>& out) {
  for (const auto& w : mine.writes)
    if (w.field != proto::policy_revoked_field && (has_write(other, w) || !has_seen(other, w.dot))) out.push_back(w);
}

std::int64_t earlier_end(std::int64_t a, std::int64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

/// Calls `visit` with the writes of each field.
template <class Visit>
void each_field(const policy_body& body, Visit visit) {
  for (auto first = body.writes.begin(); first != body.writes.end();) {
    const auto last = std::find_if(first, body.writes.end(), [&](const policy_write& w) { return w.field != first->field; });
    visit(std::span<const policy_write>(first, last));
    first = last;
  }
}

/// From the oldest to the latest, so that the outcome depends on the writes alone and not on the order in which they came.
const policy_write& settle(std::span<const policy_write> writes, const strictness& rule) {
  std::vector<const policy_write*> by_age;
  for (const auto& w : writes) by_age.push_back(&w);
  std::sort(by_age.begin(), by_age.end(),
            [](const auto* a, const auto* b) { return std::tie(a->stamp, a->dot) < std::tie(b->stamp, b->dot); });
  const auto* holds = by_age.front();
  for (const auto* w : by_age)
    if (rule(w->field, holds->value, w->value) <= 0) holds = w;
  return *holds;
}

}  // namespace

bool policy_registers::set(std::uint8_t field, std::string value, const writer& by) {
  if (field == proto::policy_revoked_field) return false;
  auto next = body_;
  std::erase_if(next.writes, [field](const policy_write& w) { return w.field == field; });
  auto& count = next.seen[by.store];
  ++count;
  policy_write write{field, {by.store, count}, by.stamp.packed, by.author, std::move(value)};
  if (write.value.size() > proto::policy_value_max) return false;
  next.writes.insert(std::upper_bound(next.writes.begin(), next.writes.end(), write, comes_before), std::move(write));
  if (!fits(next)) return false;
  body_ = std::move(next);
  return true;
}

void policy_registers::revoke(const writer& by) {
  if (revocation()) return;
  const std::string is_true("\x81\x00\xc3", 3);
  put_revocation(body_, {proto::policy_revoked_field, {by.store, 1}, by.stamp.packed, by.author, is_true});
}

const policy_write* policy_registers::revocation() const noexcept { return revocation_of(body_); }

bool policy_registers::rotate(const content_hash& secret, std::int64_t others_end_at) {
  if (body_.secrets.contains(secret)) return false;
  auto next = body_;
  for (auto& [_, end] : next.secrets) end = earlier_end(end, others_end_at);
  next.secrets.emplace(secret, 0);
  if (!fits(next)) return false;
  body_ = std::move(next);
  return true;
}

void policy_registers::drop_ended_secrets(std::int64_t now) {
  std::erase_if(body_.secrets, [now](const auto& s) { return s.second != 0 && s.second < now; });
}

policy_registers::join_outcome policy_registers::join(const policy_body& other) {
  if (const auto* act = revocation_of(other)) {
    const auto before = body_.writes.size();
    const auto had = revocation() ? *revocation() : policy_write{};
    put_revocation(body_, *act);
    const bool is_news = before != body_.writes.size() || !(*revocation() == had);
    const auto rest = join_rest(other);
    return {rest.changed || is_news, rest.fits};
  }
  return join_rest(other);
}

policy_registers::join_outcome policy_registers::join_rest(const policy_body& other) {
  policy_body sum;
  sum.seen = body_.seen;
  for (const auto& [store, count] : other.seen) sum.seen[store] = std::max(sum.seen[store], count);
  keep_surviving(body_, other, sum.writes);
  keep_surviving(other, body_, sum.writes);
  std::sort(sum.writes.begin(), sum.writes.end(), comes_before);
  const auto same = [](const policy_write& a, const policy_write& b) { return a.field == b.field && a.dot == b.dot; };
  sum.writes.erase(std::unique(sum.writes.begin(), sum.writes.end(), same), sum.writes.end());
  if (const auto* act = revocation()) put_revocation(sum, *act);
  sum.secrets = body_.secrets;
  for (const auto& [hash, end] : other.secrets) {
    const auto [at, is_new] = sum.secrets.emplace(hash, end);
    if (!is_new) at->second = earlier_end(at->second, end);
  }
  if (!fits(sum)) return {false, false};
  const bool changed = !(sum == body_);
  body_ = std::move(sum);
  return {changed, true};
}

bool policy_registers::is_told_more_of(const store_id& own, const policy_body& other) const {
  const auto mine = body_.seen.find(own), theirs = other.seen.find(own);
  if (theirs == other.seen.end()) return false;
  if (mine == body_.seen.end() || theirs->second > mine->second) return true;
  return std::any_of(body_.writes.begin(), body_.writes.end(), [&](const policy_write& w) {
    const auto same_act = [&](const policy_write& o) { return o.dot == w.dot && o.field != proto::policy_revoked_field; };
    const auto at = w.dot.by == own && w.field != proto::policy_revoked_field ? std::find_if(other.writes.begin(), other.writes.end(), same_act) : other.writes.end();
    return at != other.writes.end() && *at != w;
  });
}

bool policy_registers::rename_unseen(const store_id& own, const store_id& fresh, const policy_body& other) {
  auto next = body_;
  const auto at = next.seen.find(fresh);
  const auto before = at == next.seen.end() ? 0 : at->second;
  auto count = before;
  for (auto& w : next.writes)
    if (w.dot.by == own && w.field != proto::policy_revoked_field && has_seen(other, w.dot) && std::find(other.writes.begin(), other.writes.end(), w) == other.writes.end())
      w.dot = {fresh, ++count};
  if (count == before) return false;
  next.seen[fresh] = count;
  std::sort(next.writes.begin(), next.writes.end(), comes_before);
  if (!fits(next)) return false;
  body_ = std::move(next);
  return true;
}

std::optional<policy_write> policy_registers::holding(std::uint8_t field, const strictness& rule) const {
  std::optional<policy_write> out;
  each_field(body_, [&](std::span<const policy_write> writes) {
    if (writes.front().field == field) out = settle(writes, rule);
  });
  return out;
}

std::vector<policy_write> policy_registers::all(const strictness& rule) const {
  std::vector<policy_write> out;
  each_field(body_, [&](std::span<const policy_write> writes) { out.push_back(settle(writes, rule)); });
  return out;
}

std::vector<policy_conflict> policy_registers::conflicts(const strictness& rule) const {
  std::vector<policy_conflict> out;
  each_field(body_, [&](std::span<const policy_write> writes) {
    if (writes.size() < 2) return;
    policy_conflict c{writes.front().field, settle(writes, rule), {}};
    for (const auto& w : writes)
      if (w.dot != c.holds.dot) c.lost.push_back(w);
    out.push_back(std::move(c));
  });
  return out;
}

}  // namespace edgemesh::replication
