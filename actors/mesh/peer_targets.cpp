#include "actors/mesh/peer_targets.hpp"

#include <algorithm>

namespace edgemesh::actors {

peer_targets::entry& peer_targets::entry_of(const node_key& peer) {
  auto& e = entries_[peer];
  if (!e.cell) e.cell = std::make_shared<routing::path_cell>(watch_);
  return e;
}

std::shared_ptr<const net::upstream_target> peer_targets::target_of(const node_key& peer, const std::string& address, instant now) {
  auto& e = entry_of(peer);
  if (e.address != address) {
    e.address = address;
    e.target.reset();
    e.resolved = {};
  }
  const auto at = address.empty() ? result<host_port>(error{"none"}) : parse_host_port(address);
  if (!at) return nullptr;
  const auto interval = e.cell->losses.load(std::memory_order_relaxed) > 0 ? resolve_interval_lost : resolve_interval;
  if (!e.is_resolving && (e.resolved == instant{} || e.resolved + interval <= now)) {
    e.resolved = now;
    resolve(peer, e, *at);
  }
  return e.target;
}

std::shared_ptr<routing::path_cell> peer_targets::cell_of(const node_key& peer) { return entry_of(peer).cell; }

void peer_targets::keep_only(const std::vector<node_key>& members) {
  std::erase_if(entries_, [&](const auto& e) { return std::find(members.begin(), members.end(), e.first) == members.end(); });
}

void peer_targets::use(std::shared_ptr<const net::mesh_tls> tls) {
  tls_ = std::move(tls);
  for (auto& [peer, e] : entries_)
    if (const auto at = parse_host_port(e.address); at && e.target) e.target = make_target(peer, *at, e.target->addresses);
  changed_();
}

void peer_targets::resolve(const node_key& peer, entry& e, const host_port& at) {
  if (const auto literal = parse_ip(at.host)) {
    if (!e.target) e.target = make_target(peer, at, {{*literal, at.port}});
    return;
  }
  e.is_resolving = true;
  resolver_.resolve("peer " + peer.to_hex(), at.host,
                    [this, peer, address = e.address](const net::name_resolver::answer& answer) { found(peer, address, answer); });
}

void peer_targets::found(const node_key& peer, const std::string& address, const net::name_resolver::answer& answer) {
  const auto here = entries_.find(peer);
  if (here == entries_.end()) return;
  auto& e = here->second;
  e.is_resolving = false;
  const auto at = parse_host_port(address);
  if (!answer || e.address != address || !at) return;
  std::vector<ip_endpoint> endpoints;
  for (const auto& a : *answer) endpoints.push_back({a, at->port});
  if (e.target && e.target->addresses == endpoints) return;
  e.target = make_target(peer, *at, std::move(endpoints));
  changed_();
}

std::shared_ptr<const net::upstream_target> peer_targets::make_target(const node_key& peer, const host_port& at,
                                                                      std::vector<ip_endpoint> endpoints) {
  auto t = std::make_shared<net::upstream_target>();
  t->url.tls = true;
  t->url.authority = at;
  t->addresses = std::move(endpoints);
  t->best_address = std::make_shared<std::atomic<std::size_t>>(0);
  t->host_header = at.to_string();
  t->tls = std::make_shared<const net::client_tls>(tls_, peer);
  t->server_name = at.host;
  t->timeouts = timeouts_;
  t->pool_key = ++last_pool_key_;
  return t;
}

}  // namespace edgemesh::actors
