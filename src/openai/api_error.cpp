#include "openai/api_error.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "json/writer.hpp"

namespace edgemesh::openai {
namespace {

constexpr std::size_t message_bytes_max = 4096;
constexpr std::size_t model_bytes_max = 256;
constexpr std::size_t nearest_max = 5;

std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  text = text.substr(0, bytes_max);
  return text.substr(0, utf8::complete_prefix(text));
}

void text_or_null(json::writer& w, const std::optional<std::string>& text) {
  if (text) w.string(*text);
  else w.null();
}

api_error invalid_request(int status, std::string message, std::optional<std::string> param, std::optional<std::string> code) {
  return {.status = status, .message = std::move(message), .type = "invalid_request_error",
          .param = std::move(param), .code = std::move(code)};
}

}  // namespace

std::string api_error::body() const {
  std::string out;
  json::writer w(out);
  w.begin_object().key("error").begin_object().member("message", cut(message, message_bytes_max)).member("type", type);
  w.key("param");
  text_or_null(w, param);
  w.key("code");
  text_or_null(w, code);
  w.end_object().end_object();
  return out;
}

std::string api_error::event() const { return "data: " + body() + "\n\n"; }

std::optional<seconds> api_error::retry_after_to_send() const {
  if (!retry_after && status != 429 && status != 503) return std::nullopt;
  return std::clamp(retry_after.value_or(seconds{1}), seconds{1}, seconds{60});
}

api_error bad_request(std::string message, std::optional<std::string> param, std::optional<std::string> code) {
  return invalid_request(400, std::move(message), std::move(param), std::move(code));
}

api_error model_not_found(std::string_view model, const std::vector<std::string>& nearest) {
  std::string message = "The model '" + std::string(cut(model, model_bytes_max)) + "' does not exist or is not served here.";
  for (std::size_t i = 0; i < std::min(nearest.size(), nearest_max); ++i) {
    message += i == 0 ? " Did you mean '" : ", '";
    message += cut(nearest[i], model_bytes_max);
    message += '\'';
  }
  if (!nearest.empty()) message += '?';
  return invalid_request(404, std::move(message), "model", "model_not_found");
}

api_error upstream_error(int status, std::string message, std::string code) {
  // 500 and 503 speak of a server that cannot; 502 and 504 of one behind it that did not answer well.
  const bool ours = status == 500 || status == 503;
  return {.status = status, .message = std::move(message), .type = ours ? "server_error" : "upstream_error",
          .code = std::move(code)};
}

api_error unavailable(std::string message, std::string code, seconds retry_after) {
  return {.status = 503, .message = std::move(message), .type = "server_error", .code = std::move(code),
          .retry_after = retry_after};
}

api_error payload_too_large(std::string message) { return invalid_request(413, std::move(message), {}, "request_too_large"); }

api_error context_length_exceeded(std::string message) {
  return invalid_request(400, std::move(message), "messages", "context_length_exceeded");
}

api_error forbidden(std::string message, std::string code) { return invalid_request(403, std::move(message), {}, std::move(code)); }

}  // namespace edgemesh::openai
