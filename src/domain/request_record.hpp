// One finished request: what the log line, `requests` and metrics are made of. No text of a client or upstream.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/attempt.hpp"
#include "domain/endpoint.hpp"
#include "domain/token_usage.hpp"

namespace edgemesh {

/// Microseconds from the request's first byte to each mark; -1 where it was not reached.
struct phase_marks {
  std::int64_t read = -1;           ///< body complete
  std::int64_t queue = -1;          ///< backend chosen
  std::int64_t connect = -1;        ///< connection of the last attempt ready
  std::int64_t first_byte = -1;     ///< first response byte of the last attempt
  std::int64_t first_content = -1;  ///< content commit point
  std::int64_t last = -1;           ///< last byte written to the client
};

struct request_record {
  std::string id;
  wall_time started{};
  std::string route;          ///< "chat", "completions", "embeddings", "models", ... or "-" for what matched none
  std::string model;          ///< as the client named it when it is a known model, else "" (names are client text)
  std::string backend;        ///< of the committed attempt; `node/backend` when another node holds the connection
  int hops = 0;               ///< nodes between this one and that backend
  std::string upstream_model;
  int status = 0;             ///< what the client got; 499 when it left
  bool stream = false;
  std::string error_code;     ///< ours, from the error table
  std::string data_class;
  std::string charge_id;      ///< made by the node that the client asked; the same in the records of all nodes on the way
  std::string key;            ///< id of the key that asked; "" without keys
  std::string peer;           ///< the node that forwarded it to this one; "" when a client asked this node
  std::vector<attempt_record> attempts;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  token_usage usage;
  phase_marks marks;
  std::int64_t overhead_us = 0;  ///< our own share: until dispatch, without waiting for client or upstream
};

}  // namespace edgemesh
