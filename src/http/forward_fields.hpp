// The fields that a forwarded request and its answer carry beside HTTP's own (docs/MESH.md, Forwarding). They are written and
// read here alone, and read on listen.peer alone: on every other listener they mean nothing. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/attempt.hpp"
#include "http/head_scan.hpp"
#include "net/upstream_target.hpp"
#include "openai/api_error.hpp"
#include "routing/cost.hpp"

namespace edgemesh::http {

inline constexpr int hops_max = 2;

/// What the head of a forwarded request says.
struct forward_head {
  int hop = 1;                   ///< x-edgemesh-hop: nodes that it has passed when it arrives, 1 or 2
  std::string node, backend;     ///< x-edgemesh-target: who holds the connection, and what that node calls the backend
  std::string model;             ///< x-edgemesh-model: the public name there; the body has the client's word
  std::string data_class;        ///< x-edgemesh-data-class: effective at the entry; a name
  std::string principal;         ///< x-edgemesh-principal: opaque; "" when there is none
  std::string charge_id;         ///< x-edgemesh-charge-id: made by the entry, one per client request
  milliseconds time_left{0};     ///< x-edgemesh-time-left-ms: a duration, so that no clocks are compared
};

/// Everything of a forwarded request before its body. `request_id` and `traceparent` may be empty.
std::string write_forward_head(const net::upstream_target& peer, std::string_view path, std::size_t content_length,
                               const forward_head& head, std::string_view request_id, std::string_view traceparent);

/// 400 bad_forward when a field is missing or malformed, 508 too_many_hops.
openai::api_result<forward_head> read_forward_head(const request_head& head);

/// x-edgemesh-load: `in_flight;waiting;slots` of the backend, on each answer to a forwarded request.
std::string write_load(const routing::told_load& load);
std::optional<routing::told_load> read_load(std::string_view field) noexcept;

/// x-edgemesh-cause: how the owner's attempt ended and the code of its error, on each error answer to a forwarded request.
struct told_cause {
  attempt_cause cause = attempt_cause::server_error;
  std::string_view code;  ///< one of ours; may be empty
};
std::string write_cause(attempt_cause cause, std::string_view code);
std::optional<told_cause> read_cause(std::string_view field) noexcept;

}  // namespace edgemesh::http
