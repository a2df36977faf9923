// The bookkeeping of one attempt: its place among the backend's in-flight requests, the half-open trial, its line in the
// record, the report to the backend's actor (of an attempt by a peer's connection the peer reports). Settled once; an attempt that is destroyed unsettled was cancelled by the
// client and is a sample for nothing. One shard's thread.
#pragma once
#include <optional>
#include <string_view>

#include "dialects/answer.hpp"
#include "domain/backend_cell.hpp"
#include "domain/request_record.hpp"
#include "http/ports.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::http {

class attempt_scope {
 public:
  /// A right to use the backend now.
  struct pass {
    in_flight_guard place;
    std::shared_ptr<backend_cell> trial;  ///< set when this attempt is the half-open breaker's trial
    explicit operator bool() const noexcept { return static_cast<bool>(place); }
  };
  /// Empty when the backend is full, or this node's share of it by its own connection, or its half-open breaker has a trial under way.
  static pass enter(const routing::candidate& chosen);

  attempt_scope(gateway_ports& ports, request_record& record, const routing::candidate& chosen, pass pass);
  ~attempt_scope();
  attempt_scope(const attempt_scope&) = delete;
  attempt_scope& operator=(const attempt_scope&) = delete;

  void settle(attempt_cause cause, int status, const std::optional<dialects::attempt_failure>& failure, std::string_view model);

 private:
  void note(attempt_cause cause, int status);

  gateway_ports& ports_;
  request_record& record_;
  std::string backend_;
  std::shared_ptr<backend_cell> cell_;
  pass pass_;
  routing::outstanding_request way_;
  instant began_;
  bool is_own_ = true;
  bool settled_ = false;
};

/// `backend`, or `node/backend` where another node holds the connection.
std::string full_name_of(const routing::candidate& c);

}  // namespace edgemesh::http
