#include <algorithm>
#include <caf/all.hpp>

#include "actors/keeper_state.hpp"
#include "actors/runtime/house_rules.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

keeper_actor::behavior_type keeper(keeper_actor::stateful_pointer<keeper_state> self, keeper_deps deps) {
  adopt_house_rules(self);
  self->set_exit_handler([self](const caf::exit_msg& m) {
    self->state.end();
    self->quit(m.reason);
  });
  self->state.start(std::move(deps));
  return {
      [self](const backends_configured& m) { self->state.on_configured(m); },
      [self](const endpoints_found& m) { self->state.on_found(m); },
      [self](const addresses_known& m) { self->state.on_addresses(m); },
      [self](const backend_recovered& m) { self->state.on_recovered(m); },
      [self](const backend_vanished& m) { self->state.on_vanished(m); },
      [self](const model_missed& m) { self->state.on_missed(m); },
      [self](look_ended) { self->state.on_look_ended(); },
      [self](routes_flushed) { self->state.on_flushed(); },
      [self](const tell_backend& m) { self->state.on_tell(m); },
      [self](const ask_backend& m) { self->state.on_ask(m); },
  };
}

keeper_actor spawn_keeper(actor_home home, keeper_deps deps) {
  return spawn_on<keeper_actor, keeper_state>(home, keeper, std::move(deps));
}

namespace {

/// Where a configured backend is known to be before its name is resolved.
std::vector<ip_endpoint> evident_endpoints(const settings::backend_settings& s) {
  const auto& at = s.url.authority;
  if (const auto literal = parse_ip(at.host)) return {{*literal, at.port}};
  if (!settings::is_loopback_host(at.host)) return {};
  return {{*parse_ip("127.0.0.1"), at.port}, {*parse_ip("::1"), at.port}};
}

bool shares_an_endpoint(const std::vector<ip_endpoint>& a, const std::vector<ip_endpoint>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& e) { return std::find(b.begin(), b.end(), e) != b.end(); });
}

}  // namespace

void keeper_state::start(keeper_deps deps) {
  deps_ = std::move(deps);
  for (const auto& spec : deps_.configured.backends) spawn(spec, nullptr);
  discovery_ = deps_.make_discovery(keeper_actor(self_), deps_.configured.is_discovery_on);
  tell_claims();
}

void keeper_state::spawn(backend_spec spec, std::shared_ptr<const probe_result> first) {
  const std::string name_of_child = spec.settings.name;
  remove(name_of_child);
  child c{{}, spec, evident_endpoints(spec.settings)};
  if (!spec.is_discovered) drop_discovered_at(c.endpoints);
  c.actor = deps_.make_backend(keeper_actor(self_), std::move(spec), std::move(first));
  children_.insert_or_assign(name_of_child, std::move(c));
}

void keeper_state::remove(const std::string& name_of_child) {
  const auto at = children_.find(name_of_child);
  if (at == children_.end()) return;
  caf::anon_send_exit(at->second.actor, caf::exit_reason::user_shutdown);
  caf::anon_send(deps_.directory, backend_unlisted{name_of_child});
  children_.erase(at);
}

void keeper_state::on_configured(const backends_configured& m) {
  deps_.configured = m;
  std::vector<std::string> gone;
  for (auto& [key, c] : children_) {
    if (c.spec.is_discovered) {
      if (!m.is_discovery_on) gone.push_back(key);
      else reconfigure(c, discovered_spec(key, c.spec.settings.kind, c.spec.settings.url));
    } else if (std::none_of(m.backends.begin(), m.backends.end(), [&](const auto& b) { return b.settings.name == key; })) {
      gone.push_back(key);
    }
  }
  for (const auto& key : gone) remove(key);
  for (const auto& spec : m.backends) {
    const auto at = children_.find(spec.settings.name);
    const bool is_same_place = at != children_.end() && !at->second.spec.is_discovered &&
                               at->second.spec.settings.url == spec.settings.url &&
                               at->second.spec.settings.kind == spec.settings.kind;
    if (is_same_place) reconfigure(at->second, spec);
    else spawn(spec, nullptr);
  }
  caf::anon_send(discovery_, discovery_switched{m.is_discovery_on});
  tell_claims();
}

void keeper_state::reconfigure(child& c, backend_spec spec) {
  if (c.spec == spec) return;
  c.spec = spec;
  caf::anon_send(c.actor, reconfigure_backend{std::move(spec)});
}

backend_spec keeper_state::discovered_spec(const std::string& key, backend_kind kind, const backend_url& url) const {
  backend_spec spec = deps_.configured.discovered;
  spec.settings.name = key;
  spec.settings.kind = kind;
  spec.settings.url = url;
  spec.is_discovered = true;
  return spec;
}

std::string keeper_state::free_name(const found_endpoint& f) const {
  std::string key = std::string(name_of(f.result->report.kind)) + "-" + std::to_string(f.at.port);
  if (children_.contains(key)) key += "-local";
  return children_.contains(key) ? std::string() : key;
}

bool keeper_state::is_claimed(const ip_endpoint& at) const {
  return std::any_of(children_.begin(), children_.end(), [&](const auto& c) { return shares_an_endpoint(c.second.endpoints, {at}); });
}

void keeper_state::on_found(const endpoints_found& m) {
  if (!deps_.configured.is_discovery_on) return;
  for (const auto& f : m.found) {
    const auto key = is_claimed(f.at) ? std::string() : free_name(f);
    if (key.empty()) continue;
    backend_url url;
    url.authority = {f.at.address.to_string(), f.at.port};
    const auto kind = f.result->report.kind;
    log::info("backend_discovered", {{"backend", key}, {"kind", name_of(kind)}, {"at", f.at.to_string()}});
    spawn(discovered_spec(key, kind, url), f.result);
    // Its first turn lists it; whoever waits for this search is answered after that.
    caf::anon_send(children_.at(key).actor,
                   inspect_backend{reply_slot<backend_view_ptr>([holds = m.holds](std::optional<backend_view_ptr>) {})});
  }
  tell_claims();
}

void keeper_state::on_addresses(const addresses_known& m) {
  const auto at = children_.find(m.backend);
  if (at == children_.end()) return;
  at->second.endpoints = m.endpoints;
  if (!at->second.spec.is_discovered) drop_discovered_at(m.endpoints);
  tell_claims();
}

void keeper_state::drop_discovered_at(const std::vector<ip_endpoint>& endpoints) {
  std::vector<std::string> twins;
  for (const auto& [key, c] : children_)
    if (c.spec.is_discovered && shares_an_endpoint(c.endpoints, endpoints)) twins.push_back(key);
  for (const auto& key : twins) remove(key);
}

void keeper_state::tell_claims() {
  std::vector<ip_endpoint> all;
  for (const auto& [_, c] : children_) all.insert(all.end(), c.endpoints.begin(), c.endpoints.end());
  if (discovery_) caf::anon_send(discovery_, endpoints_claimed{std::move(all)});
}

void keeper_state::on_recovered(const backend_recovered&) { caf::anon_send(discovery_, look_now{}); }

void keeper_state::on_vanished(const backend_vanished& m) {
  const auto at = children_.find(m.backend);
  if (at == children_.end() || !at->second.spec.is_discovered) return;
  log::info("backend_forgotten", {{"backend", m.backend}});
  remove(m.backend);
  tell_claims();
}

void keeper_state::on_missed(const model_missed& m) {
  const auto now = self_->clock().now();
  const bool is_too_soon = !is_looking_ && has_looked_ && now < last_look_ + deps_.look_interval_min;
  if (is_too_soon || waiting_.size() >= waiting_max) return m.reply.complete(false);
  waiting_.push_back(m);
  if (is_looking_) return;
  is_looking_ = true;
  const auto hold = when_all_gone([me = keeper_actor(self_)] { caf::anon_send(me, look_ended{}); });
  for (const auto& [_, c] : children_)
    caf::anon_send(c.actor, probe_backend{reply_slot<backend_view_ptr>([hold](std::optional<backend_view_ptr>) {})});
  caf::anon_send(discovery_, look_now{hold});
}

void keeper_state::on_look_ended() {
  caf::anon_send(deps_.directory, flush_routes{reply_slot<std::uint64_t>([me = keeper_actor(self_)](std::optional<std::uint64_t>) {
                   caf::anon_send(me, routes_flushed{});
                 })});
}

void keeper_state::on_flushed() {
  is_looking_ = false;
  has_looked_ = true;
  last_look_ = self_->clock().now();
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& w : waiting) w.reply.complete(true);
}

void keeper_state::on_tell(const tell_backend& m) {
  if (const auto at = children_.find(m.backend); at != children_.end()) caf::anon_send(at->second.actor, m.report);
}

void keeper_state::on_ask(const ask_backend& m) {
  const auto at = children_.find(m.backend);
  if (at == children_.end()) return;  // dropping the slot says that there is no such backend
  const auto& to = at->second.actor;
  switch (m.question) {
    case ask_backend::what::inspect: return caf::anon_send(to, inspect_backend{m.reply});
    case ask_backend::what::probe: return caf::anon_send(to, probe_backend{m.reply});
    case ask_backend::what::drain: return caf::anon_send(to, drain_backend{true, m.reply});
    case ask_backend::what::enable: return caf::anon_send(to, drain_backend{false, m.reply});
  }
}

void keeper_state::end() {
  for (const auto& [_, c] : children_) caf::anon_send_exit(c.actor, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(discovery_, caf::exit_reason::user_shutdown);
  children_.clear();
}

}  // namespace edgemesh::actors
