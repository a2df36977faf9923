// What the roster answers; how it comes to it stands in roster.cpp.
#include <set>

#include "replication/record_table.hpp"
#include "replication/roster.hpp"

namespace edgemesh::replication {

bool roster::is_at_end(const member& m, std::int64_t now_s) noexcept { return now_s - end_grace_s > m.not_after; }

const member* roster::shown(const shown_member& m, std::int64_t now_s) const noexcept {
  return now_s - end_grace_s > m.namesake_until_s ? &m.named : &m.marked;
}

const member* roster::find(const node_key& key, std::int64_t now_s) const {
  const auto here = members_.find(key);
  return here == members_.end() || is_at_end(here->second.named, now_s) ? nullptr : shown(here->second, now_s);
}

const member* roster::find_by_name(std::string_view name, std::int64_t now_s) const {
  const member* found = nullptr;
  for (const auto& [key, m] : members_) {
    const auto* as_shown = shown(m, now_s);
    if (as_shown->name != name || is_at_end(*as_shown, now_s)) continue;
    // Somebody's own name goes before a name that was marked to look like it.
    if (as_shown == &m.named) return as_shown;
    if (!found) found = as_shown;
  }
  return found;
}

std::vector<member> roster::members(std::int64_t now_s) const {
  std::vector<member> out;
  out.reserve(members_.size());
  for (const auto& [key, m] : members_)
    if (!is_at_end(m.named, now_s)) out.push_back(*shown(m, now_s));
  return out;
}

key_standing roster::standing_of(const node_key& key, std::int64_t now_s) const {
  if (evicted_.contains(key)) return key_standing::evicted;
  if (succeeded_.contains(key)) return key_standing::replaced;
  const auto here = members_.find(key);
  if (here == members_.end()) return key_standing::unknown;
  return is_at_end(here->second.named, now_s) ? key_standing::ended : key_standing::member;
}

void roster::for_each_former(std::int64_t now_s, const std::function<void(const node_key&, key_standing)>& f) const {
  for (const auto& [key, _] : evicted_) f(key, key_standing::evicted);
  for (const auto& [key, _] : succeeded_)
    if (!evicted_.contains(key)) f(key, key_standing::replaced);
  for (const auto& [key, m] : members_)
    if (is_at_end(m.named, now_s)) f(key, key_standing::ended);
}

std::vector<node_key> roster::evicted() const {
  std::vector<node_key> out;
  for (const auto& [key, since] : evicted_) out.push_back(key);
  return out;
}

bool roster::may_keep(const proto::sealed_record& record) const {
  if (is_about_membership(record.head.kind)) {
    const auto here = claims_.find(record_table::key_of(record));
    if (here != claims_.end() && here->second.standing != claim_standing::unanchored && here->second.what.record == record) return true;
    return is_founded_ && claims_.at(founding_place).what.record == record;
  }
  if (record.head.kind == proto::record_kind::node || record.head.kind == proto::record_kind::backend)
    return is_admitted(record.signer);
  if (record.head.kind == proto::record_kind::liveness || record.head.kind == proto::record_kind::accusation) return false;
  const auto lost_by = [&](const auto& losses) {
    const auto loss = losses.find(record.signer);
    return loss != losses.end() && record.head.stamp_ms > loss->second;
  };
  return about_.contains(record.signer) && !lost_by(evicted_) && !lost_by(succeeded_);
}

bool roster::may_count(const proto::sealed_record& record, std::int64_t now_s) const {
  if (!may_keep(record)) return false;
  if (!is_about_membership(record.head.kind)) return find(record.signer, now_s) != nullptr;
  const auto here = claims_.find(record_table::key_of(record));
  return here == claims_.end() || here->second.what.record != record || here->second.standing != claim_standing::overruled;
}

std::vector<std::string> roster::proofs_of(const node_key& key) const {
  std::vector<std::string> proofs;
  if (const auto h = heirs_.find(key); h != heirs_.end()) {
    proofs = proofs_of(h->second.of);
    if (proofs.size() < proto::proofs_max) proofs.push_back(claims_.at(h->second.claim).what.record.raw);
    return proofs;
  }
  if (!is_founded_ || !members_.contains(key)) return proofs;
  proofs.push_back(claims_.at(founding_place).what.record.raw);
  std::set<node_key> seen{key};
  std::vector<node_key> path{key};
  for (std::size_t i = 0; i < path.size(); ++i) {
    for (const auto* c : counting_about(path[i])) {
      const auto& record = c->what.record;
      if (proofs.size() >= proto::proofs_max) return proofs;
      if (record.raw != proofs.front()) proofs.push_back(record.raw);
      if (seen.insert(record.signer).second) path.push_back(record.signer);
    }
  }
  return proofs;
}

void roster::for_each_record(const std::function<void(const proto::sealed_record&, bool is_anchored)>& f) const {
  for (const auto& [key, c] : claims_) f(c.what.record, c.standing != claim_standing::unanchored);
}

}  // namespace edgemesh::replication
