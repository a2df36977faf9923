#include "actors/mesh/dial_check.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace edgemesh::actors {

void dial_check::watch(const std::map<node_key, std::string>& addresses) {
  if (is_over_) return;
  bool has_changed = false;
  for (auto at = watched_.begin(); at != watched_.end();) {
    const auto still = addresses.find(at->first);
    if (still != addresses.end() && still->second == at->second.address) {
      ++at;
      continue;
    }
    has_changed |= at->second.is_failing;
    if (at->second.dial) at->second.dial->cancel();
    at = watched_.erase(at);
  }
  for (const auto& [key, address] : addresses) {
    const auto [at, is_new] = watched_.try_emplace(key);
    if (!is_new) continue;
    at->second.address = address;
    at->second.next = steady_clock::now() + interval;  // a link that comes up in passing costs no dial
  }
  if (has_changed) deps_.changed();
  arm();
}

bool dial_check::is_failing(const node_key& key) const noexcept {
  const auto at = watched_.find(key);
  return at != watched_.end() && at->second.is_failing;
}

std::vector<node_key> dial_check::failing() const {
  std::vector<node_key> all;
  for (const auto& [key, w] : watched_)
    if (w.is_failing) all.push_back(key);
  return all;
}

void dial_check::on_tick() {
  const auto now = steady_clock::now();
  auto running = static_cast<std::size_t>(std::count_if(watched_.begin(), watched_.end(), [](const auto& w) { return w.second.dial != nullptr; }));
  for (auto& [key, w] : watched_) {
    if (w.dial || w.next > now || running >= at_once) continue;
    if (!w.is_new && !w.is_failing && !deps_.has_losses(key)) continue;
    ++running;
    try_one(key, w);
  }
  arm();
}

void dial_check::try_one(const node_key& key, watched& w) {
  w.is_new = false;
  net::mesh_dial_options options;
  options.asker = "check";
  w.dial = std::make_shared<net::mesh_dial>(deps_.io, deps_.resolver, deps_.tls, options);
  const auto at = parse_host_port(w.address);
  if (!at) return done(key, error{at.error()});
  w.dial->start({*at, key}, [this, key](result<net::mesh_connection> c) { done(key, c); });
}

void dial_check::done(const node_key& key, const result<net::mesh_connection>& outcome) {
  auto& w = watched_.at(key);
  w.dial.reset();
  w.next = steady_clock::now() + w.pauses.next(rng_);
  const bool was_failing = std::exchange(w.is_failing, !outcome);
  if (outcome) {
    w.pauses.reset();
    deps_.answered(key);
  }
  if (was_failing == w.is_failing) return;
  if (w.is_failing) log::warn("peer_cannot_be_dialled", {{"key", key.brief()}, {"address", w.address}, {"reason", outcome.error().message}});
  else log::info("peer_can_be_dialled", {{"key", key.brief()}, {"address", w.address}});
  deps_.changed();
}

void dial_check::arm() {
  if (is_ticking_ || is_over_ || watched_.empty()) return;
  is_ticking_ = true;
  tick_.expires_after(interval);
  tick_.async_wait([this](boost::system::error_code ec) {
    is_ticking_ = false;
    if (!ec && !is_over_) on_tick();
  });
}

void dial_check::stop() {
  is_over_ = true;
  tick_.cancel();
  for (auto& [_, w] : watched_)
    if (w.dial) w.dial->cancel();
  watched_.clear();
}

}  // namespace edgemesh::actors
