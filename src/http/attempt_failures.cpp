#include "http/attempt_failures.hpp"

namespace edgemesh::http {

namespace {

openai::api_error error_of(attempt_cause cause, bool after_content) {
  using openai::upstream_error;
  switch (cause) {
    case attempt_cause::connect_timeout: return upstream_error(504, "the backend did not accept a connection in time", "upstream_timeout");
    case attempt_cause::first_event_timeout: return upstream_error(504, "the backend sent nothing in time", "upstream_timeout");
    case attempt_cause::idle_timeout: return upstream_error(504, "the backend fell silent", "upstream_timeout");
    case attempt_cause::total_timeout: return upstream_error(504, "the request took longer than its total time limit", "upstream_timeout");
    case attempt_cause::garbage:
      if (!after_content) return upstream_error(502, "the backend's answer could not be understood", "upstream_error");
      break;
    default: break;
  }
  return after_content ? upstream_error(502, "the backend's stream broke off", "upstream_disconnected")
                       : upstream_error(502, "the backend could not be reached", "upstream_unreachable");
}

}  // namespace

dialects::attempt_failure transport_failure(attempt_cause cause, bool after_content) {
  dialects::attempt_failure failure;
  failure.cause = cause;
  failure.error = error_of(cause, after_content);
  return failure;
}

}  // namespace edgemesh::http
