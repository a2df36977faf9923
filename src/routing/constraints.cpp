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
  if (!n.pinned.fits(row)) return refusal::pin;
  if (c.model->capabilities.lacks(endpoint_capability(n.query.kind))) return refusal::endpoint;
  if (missing_capability(*c.model, facts)) return refusal::capability;
  if (too_long(*c.model, facts)) return refusal::context_length;
  if (row.class_for(*c.model) < n.data_class) return refusal::data_class;
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

bool tried_already(const backend_row& row, const std::vector<std::string>* tried) noexcept {
  return tried != nullptr && std::find(tried->begin(), tried->end(), row.name) != tried->end();
}

/// How the backend is now.
refusal check_state(const backend_row& row, const route_query& query) noexcept {
  const auto& cell = *row.cell;
  const auto now = to_ticks(query.now);
  if (cell.draining.load(relaxed)) return refusal::draining;
  const auto health = cell.health.load(relaxed);
  if (health == backend_health::down || health == backend_health::misconfigured) return refusal::health;
  if (breaker_refuses(cell, now)) return refusal::breaker;
  if (cell.blocked_until.load(relaxed) > now) return refusal::blocked;
  const int limit = cell.concurrency.load(relaxed);
  if (limit > 0 && cell.in_flight.load(relaxed) >= limit) return refusal::concurrency;
  return tried_already(row, query.tried) ? refusal::already_tried : refusal::none;
}

std::string until(std::int64_t ticks, instant now) {
  const auto ms = std::chrono::duration_cast<milliseconds>(from_ticks(ticks) - now).count();
  return ms > 0 ? "for " + std::to_string(ms) + " ms more" : "one trial at a time";
}

}  // namespace

std::string_view name_of(refusal r) noexcept {
  constexpr std::array<std::string_view, 15> names{
      "none",   "model",   "pin",     "endpoint",    "capability", "context_length", "data_class", "remote_media",
      "health", "breaker", "blocked", "concurrency", "draining",   "already_tried",  "priority"};
  return names[static_cast<std::size_t>(r)];
}

pin parse_pin(std::string_view name) noexcept {
  const auto mark = name.find("::");
  if (mark == name.npos || mark == 0) return {{}, {}, name};
  const auto owner = name.substr(0, mark);
  const auto slash = owner.find('/');
  const auto node = slash == owner.npos ? std::string_view{} : owner.substr(0, slash);
  return {node, slash == owner.npos ? owner : owner.substr(slash + 1), name.substr(mark + 2)};
}

refusal check(const candidate& c, const needs& n) noexcept {
  const auto unfit = check_fit(c, n);
  return unfit != refusal::none ? unfit : check_state(*c.backend, n.query);
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
    case refusal::endpoint: return "does not serve " + std::string(name_of(n.query.kind));
    case refusal::capability:
      return "needs " + std::string(name_of(missing_capability(*c.model, n.query.facts).value_or(capability::chat)));
    case refusal::context_length:
      return "context " + std::to_string(*c.model->context_length) + " < " +
             std::to_string(n.query.facts.prompt_tokens);
    case refusal::data_class:
      return "may see " + std::string(classes.name_of(row.class_for(*c.model))) + ", not " +
             std::string(classes.name_of(n.data_class));
    case refusal::remote_media: return "may not be sent remote media URLs";
    case refusal::draining: return "is draining";
    case refusal::health: return "is " + std::string(edgemesh::name_of(cell.health.load(relaxed)));
    case refusal::breaker:
      return std::string(edgemesh::name_of(cell.breaker.load(relaxed))) + ", " +
             until(cell.breaker_until.load(relaxed), n.query.now);
    case refusal::blocked: return "asked for a pause, " + until(cell.blocked_until.load(relaxed), n.query.now);
    case refusal::concurrency:
      return std::to_string(cell.in_flight.load(relaxed)) + " of " +
             std::to_string(cell.concurrency.load(relaxed) > 0 ? cell.concurrency.load(relaxed) : cell.slots.load(relaxed)) +
             " places taken";
    case refusal::already_tried: return "had an attempt already";
    case refusal::priority: return "tier " + std::to_string(row.priority) + ", a lower one has room";
  }
  return {};
}

}  // namespace edgemesh::routing
