#include "dialects/upstream_error.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "dialects/error_fields.hpp"

namespace edgemesh::dialects {
namespace {

using openai::api_error;

attempt_failure failure_of(attempt_cause cause, api_error error) {
  attempt_failure f;
  f.cause = cause;
  f.error = std::move(error);
  return f;
}

/// One failing response with everything that the table asks about.
class error_table {
 public:
  error_table(backend_kind kind, int status, const error_fields& fields, std::optional<seconds> retry_after)
      : kind_(kind), status_(status), f_(fields), retry_after_(retry_after) {}

  attempt_failure look_up() const {
    if (tells_context()) return context_exceeded();
    if (tells_missing_model()) return model_missing();
    if (status_ == 508)  // an EdgeMesh node whose only way leads back: nothing is wrong with it
      return failure_of(attempt_cause::unsupported,
                        openai::upstream_error(508, "the request would pass the same node twice", "loop_detected"));
    if (status_ >= 500) return server_side();
    switch (status_) {
      case 401:
      case 402:
      case 407: return auth_failed("upstream_auth_failed");
      case 403: return auth_failed(f_.is_empty && kind_ == backend_kind::ollama ? "upstream_forbidden_host" : "upstream_auth_failed");
      case 404:
      case 405: return failure_of(attempt_cause::unsupported,
                                  openai::upstream_error(502, "the backend does not serve this endpoint", "unsupported_endpoint"));
      case 408:
      case 409:
      case 425: return try_again();
      case 413: return failure_of(attempt_cause::bad_request, openai::payload_too_large("the backend refuses a request of this size"));
      case 424: return server_error();
      case 429: return rate_limited();
      case 499: return failure_of(attempt_cause::cancelled,
                                  openai::upstream_error(502, "the backend cancelled the request", "upstream_cancelled"));
      default: return status_ >= 400 ? bad_request() : server_error();
    }
  }

 private:
  bool says(std::string_view part) const noexcept { return ascii::icontains(f_.message, part); }
  bool has_code(std::string_view code) const noexcept { return f_.code && *f_.code == code; }

  bool tells_context() const noexcept {
    // A child server's refusal may be relayed under another status; a rate limit's text may name a length.
    if (status_ == 429 || status_ == 401 || status_ == 403) return false;
    return has_code("context_length_exceeded") || f_.type == "exceed_context_size_error" ||
           says("maximum context length") || says("exceeds the context length") || says("exceeds the context size") ||
           says("exceeds the available context length") || says("exceeds the available context size") ||
           says("`inputs` tokens + `max_new_tokens` must be <=");
  }

  bool tells_missing_model() const noexcept {
    if (status_ != 400 && status_ != 404) return false;
    if (has_code("model_not_found")) return true;
    if (status_ == 404) return f_.is_json && (says("model") || (f_.param && *f_.param == "model"));
    // llama-server's router: model 'x' not found; model is not loaded. No other 400 begins so.
    const std::string_view text = ascii::trim(f_.message);
    return (text.starts_with("model '") && text.ends_with("not found")) || text == "model is not loaded";
  }

  attempt_failure context_exceeded() const {
    return failure_of(attempt_cause::context_exceeded,
                      openai::context_length_exceeded(text_or("the prompt is longer than the model's context")));
  }

  static attempt_failure model_missing() {
    // The text names the model as the backend calls it, which the client never did.
    return failure_of(attempt_cause::model_missing, openai::api_error{.status = 404,
                                                                      .message = "the model does not exist on the backend that was asked",
                                                                      .type = "invalid_request_error",
                                                                      .param = "model",
                                                                      .code = "model_not_found"});
  }

  /// Fixed text: upstream's names our credential, sometimes in part.
  static attempt_failure auth_failed(std::string code) {
    return failure_of(attempt_cause::auth_failed, openai::upstream_error(502, "the backend refused the gateway's access", std::move(code)));
  }

  attempt_failure try_again() const {
    auto error = openai::upstream_error(503, text_or("the backend asks to try again"), "");
    error.code.reset();
    error.type = "upstream_error";
    error.retry_after = retry_after_;
    return failure_of(attempt_cause::overloaded, std::move(error));
  }

  attempt_failure rate_limited() const {
    return failure_of(attempt_cause::rate_limited, api_error{.status = 429,
                                                             .message = text_or("the backend's rate limit is reached"),
                                                             .type = "rate_limit_error",
                                                             .code = "rate_limit_exceeded",
                                                             .retry_after = retry_after_});
  }

  attempt_failure server_error() const {
    auto error = openai::upstream_error(502, text_or("the backend failed"), "upstream_error");
    error.type = "server_error";
    return failure_of(attempt_cause::server_error, std::move(error));
  }

  attempt_failure server_side() const {
    if (status_ == 501) {
      return failure_of(attempt_cause::unsupported, api_error{.status = 501,
                                                              .message = text_or("the backend does not serve this endpoint"),
                                                              .type = "invalid_request_error",
                                                              .code = "unsupported_endpoint"});
    }
    if (status_ == 504)
      return failure_of(attempt_cause::server_error, openai::upstream_error(504, text_or("the backend timed out"), "upstream_timeout"));
    // A page with status 503 comes from a proxy whose server is gone, not from a busy engine.
    if ((status_ != 503 && status_ != 529) || f_.is_html) return server_error();
    if (says("loading") || says("is being loaded"))
      return unavailable(attempt_cause::loading, "the model is being loaded", "model_loading",
                         std::clamp(retry_after_.value_or(seconds(2)), seconds(1), seconds(5)));
    if (says("EngineDead") || says("engine is dead") || says("engine core") || says("engine process"))
      return unavailable(attempt_cause::server_error, "the backend's engine is dead", "upstream_dead", retry_after_.value_or(seconds(1)));
    return unavailable(attempt_cause::overloaded, text_or("the backend is busy"), "server_is_overloaded", retry_after_.value_or(seconds(1)));
  }

  static attempt_failure unavailable(attempt_cause cause, std::string message, std::string code, seconds retry_after) {
    return failure_of(cause, openai::unavailable(std::move(message), std::move(code), retry_after));
  }

  attempt_failure bad_request() const {
    std::optional<std::string> code = f_.code;
    if (!code && f_.code_number && *f_.code_number != status_) code = std::to_string(*f_.code_number);
    auto f = failure_of(attempt_cause::bad_request,
                        openai::bad_request(text_or("the backend refused the request"), f_.param, std::move(code)));
    f.error.code_is_foreign = f.error.code.has_value();
    // A model of Ollama without a skill: the same model elsewhere may have it.
    if (kind_ == backend_kind::ollama && says(" does not support ")) f.cause = attempt_cause::unsupported;
    const auto names_usage = [](std::string_view text) {
      return ascii::icontains(text, "stream_options") || ascii::icontains(text, "include_usage");
    };
    f.usage_rejected = names_usage(f_.message) || (f_.param && names_usage(*f_.param));
    return f;
  }

  std::string text_or(std::string_view fallback) const {
    std::string text = f_.is_html ? std::string() : shown_text(f_.message);
    if (!text.empty()) return text;
    if (f_.is_empty) return "upstream returned " + std::to_string(status_);
    return std::string(fallback);
  }

  backend_kind kind_;
  int status_;
  const error_fields& f_;
  std::optional<seconds> retry_after_;
};

/// The status that an error inside a 200 stands for; 500 when it does not say.
int status_inside(const error_fields& f) noexcept {
  if (f.code_number && *f.code_number >= 400 && *f.code_number <= 599) return *f.code_number;
  if (f.type == "BadRequestError" || f.type == "invalid_request_error" || f.type == "Bad Request") return 400;
  if (f.type == "NotFoundError" || f.type == "not_found_error") return 404;
  if (f.type == "rate_limit_error" || f.type == "RateLimitError") return 429;
  if (f.type == "overloaded_error" || f.type == "unavailable_error" || f.type == "ServiceUnavailable") return 503;
  return 500;
}

}  // namespace

attempt_failure read_upstream_error(backend_kind kind, const upstream_head& head, std::string_view body, wall_time now) {
  constexpr std::size_t body_bytes_max = 64u << 10;
  const error_fields fields = read_error_fields(body.substr(0, body_bytes_max));
  const bool is_success = head.status >= 200 && head.status < 300;
  const int status = is_success ? status_inside(fields) : head.status;
  const auto retry_after = parse_retry_after(head.retry_after, now);
  attempt_failure f = error_table(kind, status, fields, retry_after).look_up();
  if (!f.retry_after) f.retry_after = retry_after;
  return f;
}

}  // namespace edgemesh::dialects
