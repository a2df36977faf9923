#include "routing/constraints.hpp"

#include <algorithm>
#include <array>

namespace edgemesh::routing {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

capability endpoint_capability(endpoint e) noexcept {
  switch (e) {
    case endpoint::chat: return capability::chat;
    case endpoint::completions: return capability::completions;
    case endpoint::embeddings: return capability::embeddings;
  }
  return capability::chat;
}

bool too_long(const model_offer& model, const openai::request_facts& facts) noexcept {
  return model.context_length && facts.prompt_tokens > *model.context_length;
}

/// What the request asks for against what the backend is: no load is read.
refusal check_fit(const candidate& c, const needs& n) noexcept {
  const auto& row = *c.backend;
  const auto& facts = n.query.facts;
  if (!n.pinned.fits(c)) return refusal::pin;
  if (!is_open_to(n.query.asker, c)) return refusal::access;
  if (c.model->capabilities.lacks(endpoint_capability(n.query.kind))) return refusal::endpoint;
  if (missing_capability(*c.model, facts)) return refusal::capability;
  if (too_long(*c.model, facts)) return refusal::context_length;
  if (row.class_for(*c.model) < n.data_class) return refusal::data_class;
  if (c.path != nullptr && c.path->relay_class < n.data_class) return refusal::relay_class;
  if (facts.remote_media && !row.remote_media) return refusal::remote_media;
  return refusal::none;
}

bool breaker_refuses(const backend_cell& cell, std::int64_t now) noexcept {
  switch (cell.breaker.load(relaxed)) {
    case breaker_state::closed: return false;
    case breaker_state::open:
      if (now < cell.breaker_until.load(relaxed)) return true;
      break;  // its pause is over: half-open before its owner says so
    case breaker_state::half_open: break;
  }
  return cell.trial_taken.load(relaxed);
}

bool tried_already(const candidate& c, const std::vector<tried_way>* tried) noexcept {
  return tried != nullptr && std::any_of(tried->begin(), tried->end(), [&](const tried_way& t) { return t.covers(c); });
}

/// Whether the way there can be taken at all; without a path there is nothing to refuse.
bool is_unreachable(const backend_path* path, const needs& n, std::int64_t now) noexcept {
  if (path == nullptr) return false;
  if (path->hops > n.query.hops_left) return true;
  return path->cell && (path->cell->is_avoided(now) || (path->cell->is_silent() && !n.silent_ways));
}

/// By this node's own connection no more go than its share.
bool is_own_share_used(const candidate& c) noexcept { return (c.path == nullptr || c.path->local) && c.backend->cell->own_places.is_full(); }

/// How the backend is now.
refusal check_state(const candidate& c, const needs& n) noexcept {
  const auto& cell = *c.backend->cell;
  const auto now = to_ticks(n.query.now);
  if (cell.draining.load(relaxed)) return refusal::draining;
  const auto health = cell.health.load(relaxed);
  if (health == backend_health::down || health == backend_health::misconfigured) return refusal::health;
  if (breaker_refuses(cell, now)) return refusal::breaker;
  if (cell.blocked_until.load(relaxed) > now) return refusal::blocked;
  const int limit = cell.concurrency.load(relaxed);
  if (limit > 0 && cell.in_flight.load(relaxed) >= limit) return refusal::concurrency;
  if (is_own_share_used(c)) return refusal::concurrency;
  if (is_unreachable(c.path, n, now)) return refusal::unreachable;
  return tried_already(c, n.query.tried) ? refusal::already_tried : refusal::none;
}

std::string until(std::int64_t ticks, instant now) {
  const auto ms = std::chrono::duration_cast<milliseconds>(from_ticks(ticks) - now).count();
  return ms > 0 ? "for " + std::to_string(ms) + " ms more" : "one trial at a time";
}

}  // namespace

std::string_view name_of(refusal r) noexcept {
  constexpr std::array<std::string_view, 19> names{
      "none",    "model",       "pin",      "access",      "endpoint",    "capability",    "context_length", "data_class", "remote_media", "health",
      "breaker", "blocked",     "concurrency", "draining", "relay_class", "unreachable", "already_tried", "priority", "distance"};
  return names[static_cast<std::size_t>(r)];
}

std::string_view name_on(const backend_path* path, const backend_row& row) noexcept {
  return path == nullptr || path->backend.empty() ? row.name : path->backend;
}

std::string_view node_of(const backend_path* path, const backend_row& row) noexcept {
  return path == nullptr || path->node.empty() ? row.node : path->node;
}

tried_way tried_way::all_of(const candidate& c) { return {c.backend->node, c.backend->name, {}, {}, true}; }

tried_way tried_way::path_of(const candidate& c) {
  return {c.backend->node, c.backend->name, c.path->node, c.path->via, false};
}

bool tried_way::covers(const candidate& c) const noexcept {
  if (c.backend->name != backend || c.backend->node != owner) return false;
  return every_path || (c.path != nullptr && c.path->node == node && c.path->via == via);
}

bool pin::fits(const candidate& c) const noexcept {
  if (backend.empty()) return true;
  return name_on(c.path, *c.backend) == backend && (node.empty() || node_of(c.path, *c.backend) == node);
}

pin parse_pin(std::string_view name) noexcept {
  const auto mark = name.find("::");
  if (mark == name.npos || mark == 0) return {{}, {}, name};
  const auto owner = name.substr(0, mark);
  const auto slash = owner.find('/');
  const auto node = slash == owner.npos ? std::string_view{} : owner.substr(0, slash);
  return {node, slash == owner.npos ? owner : owner.substr(slash + 1), name.substr(mark + 2)};
}

bool is_open_to(const access* asker, const candidate& c) noexcept {
  if (asker == nullptr) return true;
  return asker->may_use(node_of(c.path, *c.backend), name_on(c.path, *c.backend), c.path == nullptr ? std::string_view{} : c.path->site);
}

refusal check(const candidate& c, const needs& n) noexcept {
  const auto unfit = check_fit(c, n);
  return unfit != refusal::none ? unfit : check_state(c, n);
}

int health_rank(const backend_row& row) noexcept {
  switch (row.cell->health.load(relaxed)) {
    case backend_health::ready: return 0;
    case backend_health::unknown: return 1;
    default: return warming_rank;
  }
}

std::optional<capability> missing_capability(const model_offer& model, const openai::request_facts& facts) noexcept {
  const auto lacks = [&](bool needed, capability c) { return needed && model.capabilities.lacks(c); };
  if (lacks(facts.tools, capability::tools)) return capability::tools;
  if (lacks(facts.images, capability::vision)) return capability::vision;
  if (lacks(facts.audio, capability::audio)) return capability::audio;
  if (lacks(facts.json_schema, capability::json_schema)) return capability::json_schema;
  if (lacks(facts.logprobs, capability::logprobs)) return capability::logprobs;
  return std::nullopt;
}

std::string detail_of(refusal why, const candidate& c, const needs& n, const data_classes& classes) {
  const auto& row = *c.backend;
  const auto& cell = *row.cell;
  switch (why) {
    case refusal::none: return {};
    case refusal::model: return "does not offer the model";
    case refusal::pin: return "the name asks for another backend";
    case refusal::access: return "the key may not use this backend or its site";
    case refusal::endpoint: return "does not serve " + std::string(name_of(n.query.kind));
    case refusal::capability:
      return "needs " + std::string(name_of(missing_capability(*c.model, n.query.facts).value_or(capability::chat)));
    case refusal::context_length:
      return "context " + std::to_string(*c.model->context_length) + " < " +
             std::to_string(n.query.facts.prompt_tokens);
    case refusal::data_class:
      return "may see " + std::string(classes.name_of(row.class_for(*c.model))) + ", not " +
             std::string(classes.name_of(n.data_class));
    case refusal::relay_class:
      return "by way of " + c.path->via + ", which may see " + std::string(classes.name_of(c.path->relay_class)) + ", not " +
             std::string(classes.name_of(n.data_class));
    case refusal::remote_media: return "may not be sent remote media URLs";
    case refusal::draining: return "is draining";
    case refusal::health: return "is " + std::string(edgemesh::name_of(cell.health.load(relaxed)));
    case refusal::breaker:
      return std::string(edgemesh::name_of(cell.breaker.load(relaxed))) + ", " +
             until(cell.breaker_until.load(relaxed), n.query.now);
    case refusal::blocked: return "asked for a pause, " + until(cell.blocked_until.load(relaxed), n.query.now);
    case refusal::concurrency:
      if (is_own_share_used(c))
        return std::to_string(cell.own_places.used()) + " of the " + std::to_string(cell.own_places.limit()) + " places of this node taken";
      return std::to_string(cell.in_flight.load(relaxed)) + " of " +
             std::to_string(cell.concurrency.load(relaxed) > 0 ? cell.concurrency.load(relaxed) : cell.slots.load(relaxed)) +
             " places taken";
    case refusal::unreachable:
      if (c.path->hops > n.query.hops_left) return "would take a hop too many";
      if (c.path->cell->down_since.load(relaxed) != 0) return "no link to " + c.path->node;
      if (c.path->cell->is_silent()) return c.path->node + " does not answer";
      return "the way to " + c.path->node + " was lost, " + until(c.path->cell->avoided_until.load(relaxed), n.query.now);
    case refusal::already_tried: return "had an attempt already";
    case refusal::priority: return "tier " + std::to_string(row.priority) + ", a lower one has room";
    case refusal::distance: return "a nearer one has room";
  }
  return {};
}

}  // namespace edgemesh::routing
