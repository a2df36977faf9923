// How one attempt at one backend ended, and what that means for the request, the breaker and the retry budget.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace edgemesh {

enum class attempt_cause : std::uint8_t {
  ok,
  refused,             ///< connect refused, unreachable, TLS handshake failed, name unknown
  connect_timeout,
  reset,               ///< connection lost before any response byte or before content
  first_event_timeout, ///< accepted, then silence until the first event
  idle_timeout,        ///< silence between events
  total_timeout,
  rate_limited,        ///< 429
  overloaded,          ///< 503 busy, queue full
  loading,             ///< 503 Loading model
  server_error,        ///< other 5xx, or an error inside a 200
  auth_failed,         ///< 401/403: our credential, not the client's
  model_missing,       ///< the backend no longer has the model
  context_exceeded,    ///< the prompt is too long for this backend
  unsupported,         ///< endpoint or feature not there (404 route, 501)
  bad_request,         ///< other 4xx: the client's mistake
  garbage,             ///< not the protocol: HTML, bad JSON, endless line, empty 200
  truncated,           ///< stream ended without a finish after content
  cancelled,           ///< the client left; no sample for anything
  refused_by_gateway,  ///< conversion to this dialect is not possible for this request
  turned_away,         ///< the node that owns the backend refused before it asked it: not here, full, data class
  path_lost,           ///< the way to the node that owns the backend was lost before content; says nothing of the backend
};

constexpr std::string_view name_of(attempt_cause c) noexcept {
  constexpr std::string_view names[] = {"ok", "refused", "connect_timeout", "reset", "first_event_timeout", "idle_timeout",
                                        "total_timeout", "rate_limited", "overloaded", "loading", "server_error",
                                        "auth_failed", "model_missing", "context_exceeded", "unsupported", "bad_request",
                                        "garbage", "truncated", "cancelled", "refused_by_gateway", "turned_away", "path_lost"};
  return names[static_cast<int>(c)];
}
inline constexpr int attempt_cause_count = 22;

/// The connection itself was lost: free of the retry budget, at most two per request, opens the breaker at once.
constexpr bool is_connection_loss(attempt_cause c) noexcept {
  return c == attempt_cause::refused || c == attempt_cause::connect_timeout || c == attempt_cause::reset;
}
/// Another backend may do better.
constexpr bool may_move_on(attempt_cause c) noexcept {
  return c != attempt_cause::ok && c != attempt_cause::bad_request && c != attempt_cause::cancelled &&
         c != attempt_cause::total_timeout && c != attempt_cause::truncated;
}
/// The backend answered badly: a retry draws on the budget.
constexpr bool draws_on_retry_budget(attempt_cause c) noexcept {
  return c == attempt_cause::rate_limited || c == attempt_cause::overloaded || c == attempt_cause::server_error ||
         c == attempt_cause::first_event_timeout || c == attempt_cause::idle_timeout || c == attempt_cause::garbage;
}
/// A sample of ill health for the breaker. Busy, loading, missing model and client mistakes are none.
constexpr bool is_backend_failure(attempt_cause c) noexcept {
  return is_connection_loss(c) || c == attempt_cause::server_error || c == attempt_cause::first_event_timeout ||
         c == attempt_cause::idle_timeout || c == attempt_cause::garbage || c == attempt_cause::truncated;
}

/// One attempt as the request log shows it.
struct attempt_record {
  std::string backend;
  attempt_cause cause = attempt_cause::ok;
  int status = 0;  ///< upstream HTTP status, 0 when none arrived
  microseconds duration{0};
};

}  // namespace edgemesh
