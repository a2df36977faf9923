// The one error that clients see. Every error body of the process is built here (DESIGN 3.3). Pure.
#pragma once
#include <boost/system/result.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace edgemesh::openai {

struct api_error {
  int status = 500;
  std::string message = {};
  std::string type = "server_error";
  std::optional<std::string> param = {};
  std::optional<std::string> code = {};
  std::optional<seconds> retry_after = {};  ///< sent as Retry-After, clamped to 1..60; 429 and 503 get 1 when unset
  bool never_retry = false;            ///< sends x-should-retry: false (work was already done)
  bool code_is_foreign = false;        ///< `code` is a backend's own word: for the client, never for logs or metrics

  /// {"error":{"message","type","param","code"}}: four keys always; valid JSON whatever the texts hold. A message
  /// longer than 4 KiB is cut.
  std::string body() const;
  /// `data: {...}\n\n`, the in-band form.
  std::string event() const;
  /// The value of the Retry-After header; nullopt when none is sent.
  std::optional<seconds> retry_after_to_send() const;
};

[[noreturn]] inline void throw_exception_from_error(const api_error& e, const boost::source_location&) {
  throw std::logic_error("unchecked api result: " + e.message);
}

template <class T>
using api_result = boost::system::result<T, api_error>;

/// 400 invalid_request_error.
api_error bad_request(std::string message, std::optional<std::string> param = {}, std::optional<std::string> code = {});
/// 404 model_not_found, param "model"; `nearest` are offered in the message (at most 5 are named).
api_error model_not_found(std::string_view model, const std::vector<std::string>& nearest);
/// 502/504 upstream_error, 500/503 server_error.
api_error upstream_error(int status, std::string message, std::string code);
/// 503 server_error with Retry-After.
api_error unavailable(std::string message, std::string code, seconds retry_after);
/// 413 request_too_large.
api_error payload_too_large(std::string message);
/// 400 context_length_exceeded, param "messages".
api_error context_length_exceeded(std::string message);
/// 403 invalid_request_error.
api_error forbidden(std::string message, std::string code);

}  // namespace edgemesh::openai
