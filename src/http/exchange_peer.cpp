// What differs in an exchange when its request came from a peer, or goes to one (docs/MESH.md, Forwarding).
#include <utility>

#include "admission/effective_class.hpp"
#include "http/exchange.hpp"
#include "routing/constraints.hpp"
#include "routing/cost.hpp"

namespace edgemesh::http {

namespace {

constexpr seconds full_pause{1};

openai::api_error not_here() {
  openai::api_error e{421, "this backend or model is not served by this node", "invalid_request_error", {}, "not_here", {}, false};
  return e;
}

/// Whether the client of the entry would be told the same by any node: then it is no question of who serves.
bool is_about_the_request(routing::refusal r) noexcept {
  using routing::refusal;
  return r == refusal::endpoint || r == refusal::capability || r == refusal::context_length || r == refusal::remote_media;
}

attempt_cause cause_of(routing::refusal r) noexcept {
  if (r == routing::refusal::context_length) return attempt_cause::context_exceeded;
  return is_about_the_request(r) ? attempt_cause::unsupported : attempt_cause::turned_away;
}

/// A turned away request was refused before the backend got it, or ended later by an operator of that node.
bool is_refusal_of_the_gate(std::string_view code) noexcept {
  return code == "not_here" || code == "backend_full" || code == "backend_unavailable" || code == "mesh_class_denied";
}

}  // namespace

/// Of a client the header counts. The receiver of a forwarded request judges the class by what it knows itself: its own clearance and that of the node that asks.
std::optional<openai::api_error> exchange::judge_class() {
  if (!context_.forwarded) {
    const auto asked = admission::class_from_header(table_->classes(), context_.data_class_header);
    if (!asked) return asked.error();
    data_class_ = *asked;
    if (context_.asker) data_class_ = std::max(data_class_, admission::floor_of(table_->classes(), context_.asker->key()));
    return std::nullopt;
  }
  const auto facts = shard_.ports.mesh();
  const auto* peer = facts && link_.peer ? facts->find(*link_.peer) : nullptr;
  const auto level = table_->classes().find(context_.forwarded->data_class);
  if (level) data_class_ = *level;
  if (peer && level && *level <= facts->clearance && *level <= peer->clearance) return std::nullopt;
  last_cause_ = attempt_cause::turned_away;
  return openai::forbidden("the request's data class may not be seen here, or not by the node that sent it", "mesh_class_denied");
}

/// Why nobody serves: to a client in the words of the constraint, to a peer in the codes that let it pick again.
openai::api_error exchange::no_choice(routing::decision& decision) {
  // A lost way says nothing about the backend. Why the ways that are left are not taken is what a client can act on.
  const bool is_of_the_ways = decision.because == routing::refusal::concurrency || decision.because == routing::refusal::unreachable;
  const bool is_way_lost = last_cause_ == attempt_cause::path_lost;
  if (is_way_lost && met_full_share_) return openai::unavailable("the backend is full", "backend_full", full_pause);
  if (last_failure_ && !(is_way_lost && is_of_the_ways)) return last_failure_->error;
  if (!context_.forwarded) return std::move(*decision.error);
  last_cause_ = cause_of(decision.because);
  using routing::refusal;
  switch (decision.because) {
    case refusal::endpoint:
    case refusal::capability:
    case refusal::context_length:
    case refusal::remote_media: return std::move(*decision.error);
    case refusal::data_class: return openai::forbidden("the backend may not see this data class", "mesh_class_denied");
    case refusal::concurrency:
    case refusal::already_tried: return openai::unavailable("the backend is full", "backend_full", full_pause);
    case refusal::draining:
    case refusal::health:
    case refusal::breaker:
    case refusal::blocked:
      return openai::unavailable("the backend is not available", "backend_unavailable", decision.error->retry_after.value_or(full_pause));
    default: return not_here();
  }
}

/// The owner's fresh load rides on each answer to a peer.
void exchange::tell_load() {
  constexpr auto relaxed = std::memory_order_relaxed;
  const routing::pin target{context_.forwarded->node, context_.forwarded->backend, {}};
  for (const auto& c : table_->candidates_for(context_.forwarded->model)) {
    if (!c.path->local || !target.fits(c)) continue;
    const auto& cell = *c.backend->cell;
    const int in_flight = cell.in_flight.load(relaxed) + cell.others_in_flight.load(relaxed);
    context_.told_load = write_load({in_flight, cell.reported_waiting.load(relaxed), cell.slots.load(relaxed)});
    return;
  }
}

std::string exchange::forward_text(const routing::candidate& chosen, std::string_view body) const {
  forward_head head;
  if (context_.forwarded) head = *context_.forwarded;
  head.hop = context_.forwarded ? context_.forwarded->hop + 1 : 1;
  head.node = routing::node_of(chosen.path, *chosen.backend);
  head.backend = routing::name_on(chosen.path, *chosen.backend);
  head.model = chosen.model->name;
  head.data_class = table_->classes().name_of(data_class_);
  if (!context_.forwarded) head.principal = context_.record.key;
  head.charge_id = context_.record.charge_id;
  head.time_left = std::chrono::ceil<milliseconds>(std::max(deadline_ - steady_clock::now(), instant::duration::zero()));
  std::string text = write_forward_head(*chosen.path->target, path_of(request_.kind), body.size(), head, context_.record.id, context_.traceparent);
  text += body;
  return text;
}

/// As soon as it is here: a stream's end may be far.
void exchange::hear_peer(const upstream_call& call) {
  if (call.status() == 0 || std::exchange(heard_peer_, true)) return;
  const auto load = read_load(call.head().edgemesh_load);
  if (!load) return;
  routing::hear_load(*chosen_.backend->cell, *load, steady_clock::now());
  if (context_.forwarded) context_.told_load = write_load(*load);  // a relay passes the owner's word on
}

/// What an attempt by a peer's connection says of the way there and of the backend. The peer has judged the backend itself; what
/// it did not say is the way's doing.
void exchange::judge_peer(const upstream_call& call, attempt_end& end) {
  const instant now = steady_clock::now();
  auto& way = *chosen_.path->cell;
  const bool has_answered = call.status() != 0;
  hear_peer(call);
  const bool is_silent = end.cause == attempt_cause::first_event_timeout || end.cause == attempt_cause::idle_timeout;
  const bool is_lost = end.cause == attempt_cause::path_lost || (!has_answered && is_connection_loss(end.cause)) || call.broke_off();
  if (is_lost || is_silent) way.lost(now);
  else if (has_answered) way.restored();
  if (end.cause == attempt_cause::ok || !end.failure) return;
  const bool had_content = committed_ || answer_.content;
  if (is_lost && !had_content) end.cause = end.failure->cause = attempt_cause::path_lost;
  const auto told = has_answered && call.status() >= 400 ? read_cause(call.head().edgemesh_cause) : std::nullopt;
  if (is_lost || !told) return;
  end.failure->usage_rejected = false;  // it has asked again itself
  end.cause = end.failure->cause = told->cause == attempt_cause::ok ? attempt_cause::server_error : told->cause;
  auto& error = end.failure->error;
  error.status = call.status();
  error.code_is_foreign = told->code.empty() && error.code.has_value();
  if (!told->code.empty()) error.code = told->code;
  if (end.cause == attempt_cause::turned_away && is_refusal_of_the_gate(told->code)) end.sent = false;  // no backend has seen it, so it had no effects
  refused_by_node_ = end.cause == attempt_cause::turned_away && error.status != 503;
  if (refused_by_node_ && error.status == 421)
    error = openai::unavailable("the node that served this backend no longer does", "no_backend_available", full_pause);
}

/// A lost way leaves the other ways of the backend; a failed or full backend leaves none.
void exchange::mark_tried(attempt_cause cause) {
  const bool is_the_ways = goes_to_peer() && cause == attempt_cause::path_lost;
  tried_.push_back(is_the_ways || std::exchange(refused_by_node_, false) ? routing::tried_way::path_of(chosen_) : routing::tried_way::all_of(chosen_));
}

/// Where several nodes have one backend each has a share of its limit: that one is used up leaves the others.
void exchange::mark_full(const routing::candidate& c) {
  const bool has_others = c.path != nullptr && c.backend->paths.size() > 1;
  met_full_share_ = met_full_share_ || has_others;
  tried_.push_back(has_others ? routing::tried_way::path_of(c) : routing::tried_way::all_of(c));
}

bool exchange::is_share_used(const attempt_end& end) const {
  if (!goes_to_peer() || chosen_.backend->paths.size() < 2 || end.cause != attempt_cause::turned_away) return false;
  return end.failure->error.status == 503 && end.failure->error.code == "backend_full";
}

/// Nothing tells a frozen node from a slow backend but the link that is watched beside the request.
bool exchange::is_peer_lost(instant now) const noexcept {
  return goes_to_peer() && !answer_.content && !committed_ && chosen_.path->cell->is_given_up(now, dispatched_);
}

}  // namespace edgemesh::http
