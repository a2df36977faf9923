// What passes between the mesh and the rest of the node: this node's backends into records, records into routes and facts.
#include <algorithm>
#include <caf/all.hpp>

#include "actors/mesh/mesh_host.hpp"
#include "base/version.hpp"
#include "replication/features.hpp"

namespace edgemesh::actors {

namespace {

std::int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void mesh_host::describe() {
  const auto& s = deps_.settings;
  const auto told = settings::advertised_addresses(s, bound_mesh_, bound_peer_);
  proto::node_body body;
  body.mesh_address = told.mesh;
  body.peer_address = told.peer;
  body.public_url = s.node.public_url;
  body.build = version_text;
  body.version_min = proto::version_min;
  body.version_max = proto::version_max;
  body.features = replication::own_features();
  body.is_draining = is_draining_;
  body.links = reach_.lent_to();
  body.undialled = reach_.undialled();
  caf::anon_send(replicator_, describe_node{std::move(body)});
}

void mesh_host::draining() {
  is_draining_ = true;
  reach_.draining();
  describe();
  for (const auto& [name, _] : described_) share(name);
}

/// Who cannot serve leaves its share of a common limit to the others.
void mesh_host::share(const std::string& name) {
  const auto& d = described_.at(name);
  const auto health = d.body.health;
  const bool is_able = health != backend_health::down && health != backend_health::misconfigured && !d.body.is_draining && !is_draining_;
  shares_.own_is({name, d.body.id, d.body.load.concurrency, is_able, d.cell});
  tell_backend(name);
}

/// What comes and goes within a moment is not worth a record each time.
void mesh_host::tell_reach() {
  if (has_left_ || std::exchange(will_describe_, true)) return;
  description_.expires_after(milliseconds(300));
  description_.async_wait([this](boost::system::error_code ec) {
    will_describe_ = false;
    if (!ec && !has_left_) describe();
  });
}

void mesh_host::own_backend_is(const routing::backend_row& row, const backend_view& view) {
  proto::backend_body body;
  body.name = row.name;
  body.id = view.id;
  body.kind = row.kind;
  body.offer = view.offer;
  body.data_class = deps_.settings.data_classes.name_of(row.data_class);
  body.data_class_configured = row.data_class_configured;
  body.remote_media = row.remote_media;
  body.priority = row.priority;
  body.health = view.health;
  body.is_open = view.breaker != breaker_state::open;
  body.is_draining = view.is_draining;
  body.load.concurrency = row.cell->concurrency.load();
  auto content = std::make_shared<proto::backend_content>();
  content->models = row.models;
  for (const auto& [model, p] : view.prices) content->prices.push_back({model, p.input, p.cached_input, p.output, p.request});
  described_[row.name] = {std::move(body), std::move(content), row.cell};
  share(row.name);
}

void mesh_host::tell_backend(const std::string& name) {
  auto& d = described_.at(name);
  d.body.load.in_flight = d.cell->own_places.used();  // what goes by others' connections they tell
  d.body.load.waiting = d.cell->reported_waiting.load();
  d.body.load.slots = d.cell->slots.load();
  const auto told = shares_.told(name);
  d.body.share = told.share;
  d.body.claim = told.claim;
  d.body.seen = told.seen;
  caf::anon_send(replicator_, own_backend{name, d.body, d.content});
}

void mesh_host::own_backend_gone(const std::string& name) {
  shares_.own_gone(name);
  described_.erase(name);
  caf::anon_send(replicator_, own_backend{name, std::nullopt, nullptr});
}

void mesh_host::members_are(member_gate::view view) {
  std::vector<node_key> nodes;
  for (const auto& [key, known_as] : view.members)
    if (key == known_as) nodes.push_back(key);
  const auto former = view.former;
  gate_->replace(std::move(view));
  for (const auto& [key, keys] : former)
    for (const auto& k : keys) reach_.follows(k, key);
  reach_.members_are(nodes);
  shares_.members_are(nodes);
}

void mesh_host::liveness_is(const membership::state_changed& change) {
  reach_.liveness_is(change);
  shares_.liveness_is(change.who, change.to, change.incarnation);
  caf::anon_send(links_, liveness_told{change.who, change.to});
  caf::anon_send(replicator_, liveness_told{change.who, change.to});
}

void mesh_host::view_is(std::shared_ptr<const replication::mesh_view> view) {
  if (has_left_) return;
  admin_.news().changed(*view_, *view, wall_ms());
  view_ = std::move(view);
  reach_.view_is(view_);
  shares_.view_is(view_);
  tell_routes();
  tell_facts();
}

std::optional<node_role> mesh_host::role_of(const node_key& key) const {
  const auto known_as = gate_->known_as(key);
  for (const auto& n : view_->nodes)
    if (n.who.key == known_as) return n.who.role;
  return std::nullopt;
}

class_level mesh_host::own_clearance() const {
  const auto& classes = deps_.settings.data_classes;
  return view_->self ? classes.find(view_->self->clearance).value_or(classes.lowest()) : classes.lowest();
}

void mesh_host::tell_routes() {
  if (has_left_) return;
  auto rows = rows_.update(*view_, [this](const replication::remote_node& n) { return reach_.ways_to(n); }, own_clearance());
  auto called = view_->self ? std::pair(view_->self->name, view_->self->site) : std::pair<std::string, std::string>();
  if (!rows_.has_changed() && called == called_) return;
  called_ = called;
  caf::anon_send(directory_, remote_rows_told{std::move(rows), std::move(called.first), std::move(called.second)});
}

void mesh_host::tell_facts() {
  auto facts = std::make_shared<http::mesh_facts>();
  const auto& classes = deps_.settings.data_classes;
  facts->site = view_->self ? view_->self->site : deps_.settings.node.site;
  facts->clearance = own_clearance();
  if (!deps_.settings.node.public_url.empty() && !is_draining_)
    facts->endpoints.push_back({view_->self ? view_->self->name : deps_.settings.node.name, facts->site, deps_.settings.node.public_url});
  for (const auto& n : view_->nodes) {
    facts->peers[n.who.key] = {n.who.name, n.who.site, classes.find(n.who.clearance).value_or(classes.lowest())};
    if (!n.body.public_url.empty() && !n.body.is_draining) facts->endpoints.push_back({n.who.name, n.who.site, n.body.public_url});
  }
  const auto keys = gate_->now();
  for (const auto& [key, known_as] : keys->members)
    if (const auto at = facts->peers.find(known_as); key != known_as && at != facts->peers.end()) facts->peers.emplace(key, at->second);
  for (const auto& [_, former] : keys->former) facts->replaced.insert(former.begin(), former.end());
  deps_.facts_are(std::move(facts));
}

}  // namespace edgemesh::actors
