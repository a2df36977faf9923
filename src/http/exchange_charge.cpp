// What a request of a key may ask for, what is set aside for it, and the record of what it used: kept before its last bytes leave, so that
// nothing that was answered is forgotten (docs/KEYS_AND_USAGE.md).
#include "http/exchange.hpp"
#include "openai/token_estimate.hpp"
#include "routing/constraints.hpp"

namespace edgemesh::http {

/// Models that nobody offers are let pass: routing says so, and names others.
std::optional<openai::api_error> exchange::may_ask() {
  if (!context_.asker) return std::nullopt;
  asked_name_ = allowed_name(*table_, context_.asker->key(), request_.model);
  if (!asked_name_.empty() || request_.model.empty()) return std::nullopt;
  const openai::api_error e{.status = 403, .message = "This API key may not use this model.", .type = "permission_error", .param = "model", .code = "model_not_allowed"};
  const bool is_known = table_->find_virtual(request_.model) != nullptr || !table_->candidates_for(request_.model).empty() ||
                        !table_->candidates_for(routing::parse_pin(request_.model).model).empty();
  if (!is_known) return std::nullopt;
  shard_.ports.turned_away(context_.record.key, context_.record.route, *e.code);
  return e;
}

/// Once, when it is known that somebody can serve it: what nobody serves counts against no limit.
std::optional<openai::api_error> exchange::admit() {
  if (!context_.asker || charge_) return std::nullopt;
  const auto& key = context_.asker->key();
  const std::string& name = asked_name_.empty() ? context_.record.model : asked_name_;
  const auto candidates = table_->candidates_for(context_.record.model);
  auto ticket = admission::admit(key, question_for(request_, name, candidates, steady_clock::now(), std::chrono::system_clock::now()));
  if (!ticket) {
    shard_.ports.turned_away(key.id, context_.record.route, ticket.error().code.value_or(""));
    return ticket.error();
  }
  charge_.emplace(context_.asker->share(), std::move(*ticket), name);
  context_.rates = charge_->rates();
  return std::nullopt;
}

/// Of the present attempt. Cut before the backend reported: what was produced is counted.
token_usage exchange::used() const {
  token_usage usage = answer_.usage;
  if (usage.source != usage_source::none || !answer_.content) return usage;
  usage.prompt_tokens = request_.facts.prompt_tokens;
  usage.completion_tokens = openai::estimate_tokens(answer_.text_bytes);
  usage.source = usage_source::estimated;
  return usage;
}

void exchange::note_usage(attempt_cause cause) {
  if (!charge_ || !std::exchange(owes_attempt_, false) || chosen_.backend == nullptr) return;
  const bool has_answered = cause == attempt_cause::ok || committed_;
  request_charge::place at{full_name_of(chosen_), std::string(routing::node_of(chosen_.path, *chosen_.backend)), chosen_.path->site};
  charge_->attempt_ended(std::move(at), cause, used(), chosen_.backend->price_of(chosen_.model->name), has_answered);
}

/// True when there is nothing to keep, too.
bool exchange::keep_usage(int status) {
  if (!charge_ || charge_->is_settled()) return true;
  note_usage(attempt_cause::ok);
  return shard_.ports.keep_usage(
      charge_->settle(context_.record.charge_id, context_.record.data_class, status, steady_clock::now(), std::chrono::system_clock::now()));
}

exchange::attempt_end exchange::not_recorded() {
  ends_here_ = true;
  attempt_end end{attempt_cause::refused_by_gateway, dialects::attempt_failure{}, true};
  end.failure->cause = end.cause;
  end.failure->error = openai::unavailable("this node cannot keep its account of requests now", "usage_not_recorded", seconds(1));
  return end;
}

}  // namespace edgemesh::http
