#include "routing/tally.hpp"

#include <algorithm>

namespace edgemesh::routing {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr seconds probe_pause{5};  // when nothing says sooner: about the time until the next probe of a backend that is down
constexpr seconds busy_pause{1};

/// The order of constraints (decide.hpp).
int stage(refusal r) noexcept {
  switch (r) {
    case refusal::none: return 0;
    case refusal::model: return 1;
    case refusal::pin: return 2;
    case refusal::access: return 3;
    case refusal::endpoint: return 4;
    case refusal::capability: return 5;
    case refusal::context_length: return 6;
    case refusal::data_class: return 7;
    case refusal::relay_class: return 8;
    case refusal::remote_media: return 9;
    case refusal::draining: return 10;
    case refusal::health: return 11;
    case refusal::breaker: return 12;
    case refusal::blocked: return 13;
    case refusal::concurrency: return 14;
    case refusal::unreachable: return 15;
    case refusal::already_tried: return 16;
    case refusal::priority: return 17;
    case refusal::distance: return 18;
  }
  return 0;
}

openai::api_error not_served(endpoint kind) {
  openai::api_error e;
  e.status = 501;
  e.message = "No backend serves " + std::string(path_of(kind)) + " for this model.";
  e.type = "invalid_request_error";
  e.code = "unsupported_endpoint";
  e.never_retry = true;  // SDKs repeat every 5xx; this one stays true
  return e;
}

openai::api_error lacks_capability(capability c) {
  const char* param = c == capability::tools         ? "tools"
                      : c == capability::json_schema ? "response_format"
                      : c == capability::logprobs    ? "logprobs"
                                                     : "messages";
  return openai::bad_request("No backend that serves this model supports " + std::string(name_of(c)) + ".", param,
                             "unsupported_parameter");
}

openai::api_error paused(seconds wait) {
  openai::api_error e;
  e.status = 429;
  e.message = "Every backend that serves this model asked for a pause.";
  e.type = "rate_limit_error";
  e.code = "rate_limit_exceeded";
  e.retry_after = wait;
  return e;
}

std::string too_long(std::int64_t context, std::int64_t prompt) {
  return "The longest context that serves this model is " + std::to_string(context) + " tokens; this prompt has about " +
         std::to_string(prompt) + ".";
}

std::string denied(const data_classes& classes, class_level level) {
  return "No backend that serves this model may see data of class " + std::string(classes.name_of(level)) + ".";
}

}  // namespace

void tally::refused(refusal why, const candidate& c, const needs& n) noexcept {
  const auto& cell = *c.backend->cell;
  if (why == refusal::breaker && cell.breaker.load(relaxed) == breaker_state::open)
    soonest_ = std::min(soonest_, cell.breaker_until.load(relaxed));
  if (why == refusal::blocked) soonest_ = std::min(soonest_, cell.blocked_until.load(relaxed));
  if (why == refusal::unreachable && c.path->cell) soonest_ = std::min(soonest_, c.path->cell->avoided_until.load(relaxed));
  if (why == refusal::context_length) longest_context_ = std::max(longest_context_, *c.model->context_length);
  if (stage(why) <= stage(reason_)) return;
  reason_ = why;
  example_ = c;
  class_ = n.data_class;
}

void tally::route_denied(class_level data_class) noexcept {
  if (stage(reason_) >= stage(refusal::data_class)) return;
  reason_ = refusal::data_class;
  class_ = data_class;
}

openai::api_error tally::retry_later(const route_query& query) const {
  const auto now = to_ticks(query.now);
  auto wait = probe_pause;
  if (soonest_ != INT64_MAX) wait = std::chrono::ceil<seconds>(nanoseconds(std::max<std::int64_t>(soonest_ - now, 0)));
  if (reason_ == refusal::blocked) return paused(wait);
  return openai::unavailable("No backend that serves this model is available now.", "no_backend_available", wait);
}

openai::api_error tally::error(const route_query& query, const data_classes& classes) const {
  switch (reason_) {
    case refusal::access:
      return openai::forbidden("This API key may not use any of the backends that serve this model.", "backend_not_allowed");
    case refusal::endpoint: return not_served(query.kind);
    case refusal::capability:
      return lacks_capability(missing_capability(*example_.model, query.facts).value_or(capability::chat));
    case refusal::context_length:
      return openai::context_length_exceeded(too_long(longest_context_, query.facts.prompt_tokens));
    case refusal::data_class: return openai::forbidden(denied(classes, class_), "data_class_denied");
    case refusal::relay_class:
      return openai::forbidden("The nodes that could pass this request on may not see data of class " + std::string(classes.name_of(class_)) + ".",
                               "data_class_denied");
    case refusal::remote_media:
      return openai::bad_request("No backend that serves this model may fetch media from a URL; send it as a data: URL.",
                                 "messages", "remote_media_denied");
    case refusal::concurrency:
      return openai::unavailable("Every backend that serves this model is full.", "server_is_overloaded", busy_pause);
    case refusal::already_tried:
      return openai::unavailable("Every backend that serves this model was tried.", "no_backend_available", busy_pause);
    default: return retry_later(query);
  }
}

}  // namespace edgemesh::routing
