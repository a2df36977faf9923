#include "actors/mesh/id_shares.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "replication/features.hpp"

namespace edgemesh::actors {

id_shares::id_shares(boost::asio::io_context& io, const node_key& self, std::uint64_t seed, std::function<void(const std::string&)> changed,
                     std::function<instant()> now)
    : self_(self), changed_(std::move(changed)), now_(std::move(now)), rng_(seed), timer_(io), began_(now_()) {}

void id_shares::own_is(own_listing listing) {
  if (listing.id.empty() || listing.limit == 0 || is_over_) {
    listing.cell->own_places.set_limit(place_count::unlimited);
    own_.erase(listing.name);
    return;
  }
  auto at = own_.find(listing.name);
  const bool is_same = at != own_.end() && at->second.listing.id == listing.id && at->second.listing.cell == listing.cell;
  if (!is_same) {
    own_.erase(listing.name);
    const auto rank = resilience::lister_rank(listing.id, self_, listing.name);
    at = own_.emplace(listing.name, entry{listing, resilience::limit_share(rank, rng_.next()), {}}).first;
  }
  at->second.listing = std::move(listing);
  update(at->second);
  arm();
}

void id_shares::members_are(const std::vector<node_key>& members) {
  std::map<node_key, life> next;
  for (const auto& key : members) {
    if (key == self_) continue;
    const auto known = members_.find(key);
    next[key] = known == members_.end() ? life{} : known->second;
  }
  members_ = std::move(next);
  is_told_ = true;
  update_all();
}

void id_shares::liveness_is(const node_key& who, membership::member_state state, std::uint64_t incarnation) {
  members_[who] = {state, incarnation};
  update_all();
}

void id_shares::view_is(std::shared_ptr<const replication::mesh_view> view) {
  view_ = std::move(view);
  update_all();
}

resilience::told_share id_shares::told(const std::string& name) const {
  const auto at = own_.find(name);
  return at == own_.end() ? resilience::told_share{} : at->second.told;
}

void id_shares::stop() {
  is_over_ = true;
  timer_.cancel();
  for (auto& [_, e] : own_) e.listing.cell->own_places.set_limit(place_count::unlimited);
  own_.clear();
}

/// News of a death travels beside news of the life after it: what a later life says is no dead one's.
bool id_shares::is_over(const replication::shared_backend& b) const {
  const auto at = members_.find(b.owner);
  if (at == members_.end()) return true;
  const auto& [state, incarnation] = at->second;
  const bool is_gone = state == membership::member_state::dead || state == membership::member_state::left;
  return is_gone && b.incarnation <= incarnation;
}

/// Nodes of a version that does not divide take the whole limit, as all did before: there is nothing to agree on with them.
std::vector<resilience::other_lister> id_shares::others_of(const own_listing& own) const {
  std::vector<resilience::other_lister> others;
  for (const auto& b : view_->shared) {
    if (b.id != own.id || b.limit == 0 || is_over(b)) continue;
    const auto node = std::find_if(view_->nodes.begin(), view_->nodes.end(), [&](const auto& n) { return n.who.key == b.owner; });
    if (node == view_->nodes.end() || !replication::lists(node->body, replication::feature_shares)) continue;
    others.push_back({resilience::lister_rank(b.id, b.owner, b.name), b.limit, {b.share, b.claim, b.seen}});
  }
  return others;
}

/// A node that has just started may not know yet who else has the backend.
bool id_shares::is_settled() {
  if (has_settled_) return true;
  if (is_told_ && members_.empty()) return true;
  const auto now = now_();
  const auto is_unknown = [](const auto& m) { return m.second.state == membership::member_state::unknown; };
  const bool is_known = (is_told_ && std::none_of(members_.begin(), members_.end(), is_unknown)) || now - began_ >= unknown_max;
  if (!is_known) known_since_.reset();
  else if (!known_since_) known_since_ = now;
  has_settled_ = known_since_ && now - *known_since_ >= settle_time;
  return has_settled_;
}

/// True when what others are told has changed.
bool id_shares::update(entry& e) {
  const int before = e.listing.cell->own_places.limit();
  const int share = e.machine.update({e.listing.limit, e.listing.takes_part, is_settled(), others_of(e.listing)});
  auto told = e.machine.told(e.listing.cell->own_places.set_limit(share));
  if (before != share) log::debug("backend_share", {{"backend", e.listing.name}, {"share", share}, {"limit", e.listing.limit}});
  if (told == e.told) return false;
  e.told = std::move(told);
  return true;
}

void id_shares::update_all() {
  if (is_over_) return;
  std::vector<std::string> changed;
  for (auto& [name, e] : own_)
    if (update(e)) changed.push_back(name);
  for (const auto& name : changed) changed_(name);
  arm();
}

void id_shares::arm() {
  const auto has_more_to_do = [](const auto& e) { return e.second.machine.is_waiting() || e.second.told.share > e.second.listing.cell->own_places.limit(); };
  if (is_armed_ || is_over_ || !std::any_of(own_.begin(), own_.end(), has_more_to_do)) return;
  is_armed_ = true;
  timer_.expires_after(pace);
  timer_.async_wait([this](boost::system::error_code ec) {
    is_armed_ = false;
    if (!ec) update_all();
  });
}

}  // namespace edgemesh::actors
