#include "http/request_context.hpp"

#include "http/rate_fields.hpp"

namespace edgemesh::http {

response_writer request_context::head(int status) const {
  response_writer w(status);
  w.field("x-request-id", record.id).field("x-edgemesh-node", options->node_name);
  if (!cors_origin.empty())
    w.field("access-control-allow-origin", cors_origin)
        .field("vary", "origin")
        .field("access-control-expose-headers",
               "x-request-id, x-edgemesh-node, x-edgemesh-backend, x-edgemesh-model, x-edgemesh-attempts, retry-after, "
               "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
               "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens");
  append_rates(w, rates);
  if (!told_load.empty()) w.field("x-edgemesh-load", told_load);
  if (!keep_alive) w.field("connection", "close");
  if (keep_alive && http_1_0) w.field("connection", "keep-alive");
  return w;
}

void request_context::note_error(const openai::api_error& error) {
  record.error_code = error.code_is_foreign ? "upstream_code" : error.code.value_or(error.type);
}

std::string request_context::error_response(const openai::api_error& error) {
  record.status = error.status;
  note_error(error);
  auto w = head(error.status);
  w.field("content-type", "application/json");
  if (const int wait = retry_after_of(error)) w.field("retry-after", wait);
  if (!told_cause.empty()) w.field("x-edgemesh-cause", told_cause);
  if (error.status == 401) w.field("www-authenticate", "Bearer");
  if (error.never_retry) w.field("x-should-retry", "false");
  if (route.page == api_page::wrong_method) w.field("allow", route.allow);
  if (!record.attempts.empty()) w.field("x-edgemesh-attempts", static_cast<std::int64_t>(record.attempts.size()));
  const std::string body = error.body();
  return route.head_only ? std::move(w).head_only(body.size()) : std::move(w).with_body(body);
}

}  // namespace edgemesh::http
