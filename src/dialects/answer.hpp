// The answer of one attempt as it grows: written by an answer_reader, taken by the exchange. One shard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "domain/attempt.hpp"
#include "domain/token_usage.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::dialects {

struct attempt_failure {
  attempt_cause cause = attempt_cause::server_error;
  openai::api_error error;              ///< what the client gets when no other backend is left
  std::optional<seconds> retry_after;   ///< how long the backend asked to be left alone (not clamped)
  bool usage_rejected = false;          ///< the backend refused stream_options: ask again without it (request_options.ask_usage)
};

struct answer {
  std::string out;         ///< bytes for the client: canonical SSE events, or the whole JSON body once complete
  bool content = false;    ///< the content commit point was reached: something non-empty was produced
  bool complete = false;   ///< clean end: for a stream `[DONE]` is in `out`
  std::optional<attempt_failure> failure;  ///< set at most once; nothing is appended to `out` after it
  token_usage usage;
  std::uint32_t events = 0;          ///< upstream events seen (also comments: signs of life)
  std::uint32_t content_events = 0;  ///< of these with content, for inter-token time
  std::uint64_t text_bytes = 0;      ///< produced text, for an estimate when usage never comes
  std::string upstream_model;        ///< what the backend says that it ran
};

}  // namespace edgemesh::dialects
