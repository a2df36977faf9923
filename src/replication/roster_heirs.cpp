// Keys that follow each other: which new key is announced for whom, and which ones a member had before.
#include <set>

#include "replication/roster.hpp"

namespace edgemesh::replication {

/// Of several announcements of one member the latest; none while its new key is something else already.
void roster::note_heirs() {
  heirs_.clear();
  std::map<node_key, std::pair<node_key, heir>> latest;  // by the member
  for (const auto& [key, c] : claims_) {
    if (c.standing != claim_standing::counts || !is_announcement(c.what)) continue;
    const auto& body = std::get<proto::succession_body>(c.what.body);
    if (!members_.contains(body.old_key) || members_.contains(body.new_key) || evicted_.contains(body.new_key) || succeeded_.contains(body.new_key))
      continue;
    const heir h{body.old_key, c.what.record.head.stamp_ms, key};
    const auto [here, is_first] = latest.try_emplace(body.old_key, body.new_key, h);
    if (!is_first && std::pair(here->second.second.stamp_ms, here->second.first) < std::pair(h.stamp_ms, body.new_key)) here->second = {body.new_key, h};
  }
  for (const auto& [_, l] : latest) heirs_.insert_or_assign(l.first, l.second);
}

std::map<node_key, node_key> roster::heirs() const {
  std::map<node_key, node_key> out;
  for (const auto& [key, h] : heirs_) out.emplace(key, h.of);
  return out;
}

/// Those that it follows, one after the other.
std::vector<node_key> roster::keys_before(const node_key& key) const {
  std::set<node_key> before;
  for (std::vector<node_key> open{key}; !open.empty();) {
    const auto at = open.back();
    open.pop_back();
    for (const auto* c : counting_about(at))
      if (std::holds_alternative<proto::succession_body>(c->what.body) && before.insert(c->what.record.signer).second)
        open.push_back(c->what.record.signer);
  }
  before.erase(key);
  return {before.begin(), before.end()};
}

}  // namespace edgemesh::replication
