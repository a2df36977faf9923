#include "http/request_charge.hpp"

#include <algorithm>

#include "domain/cost.hpp"

namespace edgemesh::http {

namespace {

std::int64_t answer_tokens(const openai::client_request& r, std::span<const routing::candidate> candidates) {
  if (r.kind == endpoint::embeddings) return 0;
  if (r.facts.max_tokens) return *r.facts.max_tokens;
  std::int64_t longest = 0;
  for (const auto& c : candidates) longest = std::max(longest, c.model->context_length.value_or(completion_estimate + r.facts.prompt_tokens));
  return std::clamp<std::int64_t>(longest - r.facts.prompt_tokens, 1, completion_estimate);
}

std::int64_t sum_of(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

std::int64_t product_of(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

}  // namespace

admission::gate_question question_for(const openai::client_request& request, std::string_view model,
                                      std::span<const routing::candidate> candidates, instant now, wall_time wall) {
  token_usage worst;
  worst.prompt_tokens = request.facts.prompt_tokens;
  worst.completion_tokens = product_of(answer_tokens(request, candidates), std::max<std::int64_t>(1, request.choices));
  admission::gate_question q;
  q.model = model;
  q.expected_tokens = q.worst_tokens = sum_of(worst.prompt_tokens, worst.completion_tokens);
  for (const auto& c : candidates)
    if (const auto* price = c.backend->price_of(c.model->name)) q.worst_cost = std::max(q.worst_cost, cost_of(*price, worst));
  q.now = now;
  q.wall = wall;
  return q;
}

void request_charge::attempt_ended(place at, attempt_cause cause, const token_usage& usage, const model_prices* price, bool has_answered) {
  auto& a = attempts_.emplace_back();
  a.backend = at.backend;
  a.cause = cause;
  a.usage = usage;
  a.cost = price != nullptr && has_answered ? cost_of(*price, usage) : 0;
  a.is_charged = has_answered;
  if (has_answered) charged_at_ = std::move(at);
}

usage_record request_charge::settle(std::string charge_id, std::string data_class, int status, instant now, wall_time wall) {
  is_settled_ = true;
  std::int64_t tokens = 0, cost = 0;
  for (const auto& a : attempts_) {
    if (!a.is_charged) continue;
    tokens = sum_of(tokens, sum_of(a.usage.prompt_tokens, a.usage.completion_tokens));
    cost = sum_of(cost, a.cost);
  }
  ticket_.settle(tokens, cost, now);
  usage_record r;
  r.charge_id = std::move(charge_id);
  r.settled_ms = std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()).count();
  r.key = key_->id;
  r.group = key_->policy.group;
  r.model = model_;
  r.node = charged_at_.node;
  r.site = charged_at_.site;
  r.data_class = std::move(data_class);
  r.status = status;
  r.attempts = std::move(attempts_);
  return r;
}

}  // namespace edgemesh::http
