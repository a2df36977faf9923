// One request of a client while it is served: what is known of it, what its record says, which options hold for it.
// Owned by the session; one shard's thread.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "admission/gate.hpp"
#include "domain/request_record.hpp"
#include "http/api_routes.hpp"
#include "http/forward_fields.hpp"
#include "http/gateway_options.hpp"
#include "http/key_access.hpp"
#include "http/response_writer.hpp"

namespace edgemesh::http {

struct request_context {
  std::shared_ptr<const gateway_options> options;
  api_route route;
  request_record record;
  instant began{};
  bool http_1_0 = false;
  bool keep_alive = true;
  bool finished = false;          ///< the record was handed over
  std::string cors_origin;        ///< empty: no CORS headers
  std::string data_class_header;  ///< raw x-edgemesh-data-class
  std::string traceparent;
  std::string hops;               ///< raw x-edgemesh-hops
  std::optional<key_access> asker;        ///< whose key it is; empty where everybody may ask
  admission::rate_report rates;           ///< of its limits, for the answer's head
  std::optional<forward_head> forwarded;  ///< the request came from a peer
  std::string told_load, told_cause;      ///< x-edgemesh-load and x-edgemesh-cause of the answer to a peer

  std::int64_t micros(instant t) const noexcept {
    return std::chrono::duration_cast<microseconds>(t - began).count();
  }
  /// A head with the fields that every response carries.
  response_writer head(int status) const;
  /// The record's code for an error: never a word of a backend.
  void note_error(const openai::api_error& error);
  /// A whole error response; fills the record's status and code.
  std::string error_response(const openai::api_error& error);
};

}  // namespace edgemesh::http
