// The ways to other nodes, and what goes by them from the control loop or for a shard.
#include <algorithm>

#include "actors/mesh/reach.hpp"
#include "http/fetch.hpp"
#include "net/event.hpp"

namespace edgemesh::actors {

namespace {

bool contains(const std::vector<node_key>& keys, const node_key& key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

/// The same on each of this node's views, another one on each node: relays share the load.
std::uint64_t rank_of(const node_key& self, const node_key& to, const node_key& via) {
  const std::hash<node_key> h;
  std::uint64_t z = h(self) ^ (h(to) * 0x9e3779b97f4a7c15ull) ^ (h(via) * 0xbf58476d1ce4e5b9ull);
  z = (z ^ (z >> 31)) * 0x94d049bb133111ebull;
  return z ^ (z >> 29);
}

}  // namespace

std::shared_ptr<const net::upstream_target> reach::dialled(const replication::remote_node& node) {
  if (node.body.is_draining) return nullptr;
  return targets_.target_of(node.who.key, node.body.peer_address, steady_clock::now());
}

std::shared_ptr<const net::upstream_target> reach::lent_target(const replication::remote_node& node) {
  if (node.body.is_draining || !stash_.has(node.who.key)) return nullptr;
  auto& known = lent_targets_[node.who.key];
  if (known) return known;
  auto t = std::make_shared<net::upstream_target>();
  t->host_header = node.who.name;
  t->timeouts = deps_.timeouts;
  t->lender = node.who.key;
  t->pool_key = ++last_lent_key_;
  return known = t;
}

/// A relay is a node that this one can dial and that has a way to the other one: that one lends to it, or lets itself be dialled.
bool reach::reaches(const replication::remote_node& relay, const replication::remote_node& node) const {
  if (contains(node.body.links, relay.who.key)) return true;
  return !node.body.peer_address.empty() && !contains(relay.body.undialled, node.who.key);
}

std::vector<const replication::remote_node*> reach::relays_to(const replication::remote_node& node) {
  std::vector<const replication::remote_node*> found;
  const auto consider = [&](const replication::remote_node* r) {
    if (r == nullptr || r->who.key == node.who.key || !is_there(r->who.key) || checks_.is_failing(r->who.key)) return;
    if (reaches(*r, node) && dialled(*r)) found.push_back(r);
  };
  if (node.body.peer_address.empty()) {
    for (const auto& key : node.body.links) consider(find(key));
  } else {
    for (const auto& r : view_->nodes) consider(&r);
  }
  const auto& own_site = view_->self ? view_->self->site : deps_.own_site;
  const auto order = [&](const replication::remote_node* r) {
    return std::pair(r->who.site != own_site, rank_of(self_, node.who.key, r->who.key));
  };
  std::ranges::sort(found, {}, order);
  if (found.size() > relays_max) found.resize(relays_max);
  return found;
}

const reach::cell& reach::relayed_cell(const node_key& to, const node_key& via) {
  auto& c = relayed_[{to, via}];
  if (!c) {
    c = std::make_shared<routing::path_cell>();
    if (!is_there(to) || !is_there(via)) c->down(steady_clock::now());
  }
  return c;
}

std::vector<routing::backend_path> reach::ways_to(const replication::remote_node& node) {
  std::vector<routing::backend_path> ways;
  if (node.body.is_draining) return ways;
  routing::backend_path path;
  path.node = node.who.name;
  path.site = node.who.site;
  path.local = false;
  path.hops = 1;
  path.cell = targets_.cell_of(node.who.key);
  const auto own = dialled(node);
  const bool is_dialled = own && !checks_.is_failing(node.who.key);
  path.target = is_dialled ? own : lent_target(node);
  if (path.target) ways.push_back(path);
  if (is_dialled) return ways;
  for (const auto* relay : relays_to(node)) {
    auto by = path;
    by.hops = 2;
    by.via = relay->who.name;
    by.target = dialled(*relay);
    by.relay_class = deps_.classes.find(relay->who.clearance).value_or(deps_.classes.lowest());
    by.cell = relayed_cell(node.who.key, relay->who.key);
    // What is known of the distance; in the cell, as it changes all the time.
    by.cell->round_trip_us.store(targets_.cell_of(relay->who.key)->round_trip_us.load(std::memory_order_relaxed), std::memory_order_relaxed);
    ways.push_back(std::move(by));
  }
  if (ways.empty() && own) {  // better a way that may have come back than none
    path.target = own;
    ways.push_back(std::move(path));
  }
  return ways;
}

node_question reach::way_to_ask(const replication::remote_node& node) {
  const auto own = dialled(node);
  const auto lent = own && !checks_.is_failing(node.who.key) ? nullptr : lent_target(node);
  if (lent) return [this, lent](dialects::probe_request q) { return ask_over_lent(lent, std::move(q)); };
  if (own) return [own](dialects::probe_request q) { return http::fetch(own, std::move(q)); };
  return nullptr;
}

boost::asio::awaitable<dialects::probe_reply> reach::ask_over_lent(target to, dialects::probe_request question) {
  struct loan {
    explicit loan(boost::asio::io_context& io) : arrived(io.get_executor()) {}
    net::event arrived;
    std::unique_ptr<net::upstream_connection> connection;
  };
  const auto wait = std::make_shared<loan>(deps_.control.io());
  const auto patience = std::min(question.timeout, deps_.timeouts.connect);
  stash_.borrow(*to->lender, patience, [wait](std::optional<net::mesh_connection> c) {
    if (c) wait->connection = std::make_unique<net::upstream_connection>(std::move(*c));
    wait->arrived.set();
  });
  co_await wait->arrived.wait();
  if (wait->connection) co_return co_await http::fetch_on(std::move(wait->connection), to, std::move(question));
  dialects::probe_reply none;
  none.result = dialects::probe_reply::outcome::refused;
  none.why = "it lends no connection at present";
  co_return none;
}

void reach::borrow(const node_key& lender, milliseconds patience, taker take) {
  deps_.control.post([this, lender, patience, take = std::move(take)]() mutable {
    stash_.borrow(lender, patience, [take = std::move(take)](std::optional<net::mesh_connection> c) {
      if (c) take(std::move(*c).detach());
      else take(std::nullopt);
    });
  });
}

void reach::give_back(net::detached_connection connection) {
  deps_.control.post([this, c = std::move(connection)]() mutable { stash_.put(std::move(c).attach(deps_.control.io().get_executor())); });
}

}  // namespace edgemesh::actors
