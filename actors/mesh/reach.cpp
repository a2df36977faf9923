#include "actors/mesh/reach.hpp"

#include <algorithm>

namespace edgemesh::actors {

namespace {

bool contains(const std::vector<node_key>& keys, const node_key& key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

}  // namespace

reach::reach(reach_deps deps)
    : deps_(std::move(deps)),
      self_(deps_.identity->own_key()),
      targets_(deps_.resolver, net::mesh_tls::make_client(*deps_.identity, deps_.may_enter, net::mesh_protocol::http), deps_.timeouts,
               deps_.watch, [this] { deps_.ways_changed(); }),
      stash_(deps_.control.io(), [this] { deps_.ways_changed(); }),
      lender_({deps_.control, deps_.resolver, net::mesh_tls::make_client(*deps_.identity, deps_.may_enter, net::mesh_protocol::lend), deps_.serve,
               [this] { deps_.told_changed(); }, deps_.seed}),
      checks_({deps_.control.io(), deps_.resolver, net::mesh_tls::make_client(*deps_.identity, deps_.may_enter, net::mesh_protocol::http),
               [this](const node_key& peer) { return targets_.cell_of(peer)->losses.load(std::memory_order_relaxed) > 0; },
               [this] {
                 deps_.told_changed();
                 deps_.ways_changed();
                 lend();
               },
               [this](const node_key& peer) { targets_.cell_of(peer)->restored(); }, deps_.seed + 1}),
      names_(deps_.control.io()) {}

reach::~reach() = default;

void reach::members_are(const std::vector<node_key>& members) {
  targets_.keep_only(members);
  stash_.keep_only(members);
  const auto is_gone = [&](const node_key& key) { return !contains(members, key); };
  std::erase_if(linked_, is_gone);
  std::erase_if(gone_, is_gone);
  std::erase_if(lent_targets_, [&](const auto& t) { return is_gone(t.first); });
  std::erase_if(relayed_, [&](const auto& c) { return is_gone(c.first.first) || is_gone(c.first.second); });
  lend();
}

void reach::view_is(std::shared_ptr<const replication::mesh_view> view) {
  view_ = std::move(view);
  lend();
  if (!std::exchange(is_looking_, true)) look_names_up();
}

/// A mesh in which nothing changes asks for no ways, and names lead elsewhere all the same.
void reach::look_names_up() {
  if (is_over_) return;
  for (const auto& n : view_->nodes) dialled(n);
  names_.expires_after(names_interval);
  names_.async_wait([this](boost::system::error_code ec) {
    if (!ec) look_names_up();
  });
}

void reach::link_is(const node_key& peer, bool is_up) {
  if (is_up) {
    targets_.cell_of(peer)->restored();
    linked_.insert(peer);
  } else {
    const auto now = steady_clock::now();
    targets_.cell_of(peer)->lost(now);
    linked_.erase(peer);
    for (const auto& [way, cell] : relayed_)
      if (way.second == peer) cell->lost(now);
  }
  lend();
}

/// A suspect may be frozen with its connections open: requests go elsewhere until it is heard again.
void reach::liveness_is(const membership::state_changed& change) {
  const bool is_alive = change.to == membership::member_state::alive;
  const auto now = steady_clock::now();
  const auto direct = targets_.cell_of(change.who);
  if (is_alive) {
    direct->up();
    gone_.erase(change.who);
  } else {
    direct->down(now);
    gone_.insert(change.who);
  }
  judge_relayed(now);
  if (!relayed_.empty()) deps_.ways_changed();
}

void reach::judge_relayed(instant now) {
  for (const auto& [way, cell] : relayed_) {
    if (!is_there(way.first) || !is_there(way.second)) cell->down(now);
    else if (cell->down_since.load(std::memory_order_relaxed) != 0) cell->up();
  }
}

void reach::use(const net::mesh_identity& shown) {
  using p = net::mesh_protocol;
  const auto to_ask = net::mesh_tls::make_client(shown, deps_.may_enter, p::http);
  targets_.use(to_ask);
  checks_.use(to_ask);
  lender_.use(net::mesh_tls::make_client(shown, deps_.may_enter, p::lend));
  stash_.renew();  // its lenders would judge requests by the key that they have seen
}

void reach::measured(const node_key& peer, microseconds took) {
  targets_.cell_of(peer)->round_trip_us.store(took.count(), std::memory_order_relaxed);
}

void reach::draining() {
  is_draining_ = true;
  lend();
}

void reach::stop() {
  is_over_ = true;
  names_.cancel();
  lender_.stop();
  checks_.stop();
  stash_.stop();
}

bool reach::is_there(const node_key& key) const { return !gone_.contains(key); }

const replication::remote_node* reach::find(const node_key& key) const {
  const auto at = std::find_if(view_->nodes.begin(), view_->nodes.end(), [&](const auto& n) { return n.who.key == key; });
  return at == view_->nodes.end() ? nullptr : &*at;
}

/// To whom this node lends, and whom it tries to dial: both follow from who is linked and what those say.
void reach::lend() {
  std::map<node_key, std::string> borrowers, dialled;
  for (const auto& n : view_->nodes) {
    if (!linked_.contains(n.who.key) || n.body.peer_address.empty() || n.body.is_draining) continue;
    dialled.emplace(n.who.key, n.body.peer_address);
    const bool is_asked = deps_.is_undialled || contains(n.body.undialled, self_);
    if (is_asked && !is_draining_ && !checks_.is_failing(n.who.key)) borrowers.emplace(n.who.key, n.body.peer_address);
  }
  checks_.watch(dialled);
  lender_.lend_to(std::move(borrowers));
}

std::vector<node_key> reach::lent_to() const { return lender_.lent_to(); }

}  // namespace edgemesh::actors
