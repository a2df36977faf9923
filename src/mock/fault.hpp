// The ways in which a fake backend can misbehave, and one setting of one of them. Plain values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace edgemesh::mock {

enum class fault_name : std::uint8_t {
  refuse,             ///< new connections are refused or reset
  hang,               ///< takes the request, never answers
  slow,               ///< ten times the pace; two seconds to the first token where the pace is zero
  error_500,          ///< an error status in the dialect's words (`status` may name another)
  error_429,          ///< 429 with Retry-After
  loading,            ///< 503 while the model loads, health pages too
  drop_before_first,  ///< reset after the head (and role chunk), before content
  drop_mid_stream,    ///< reset after some tokens
  stall_mid_stream,   ///< silence after some tokens
  malformed_event,    ///< one event (or the body) is not JSON; a stream then goes on without that token
  empty_200,          ///< status 200 and nothing in it
  error_in_200,       ///< status 200 whose first event, or body, is an error
  huge_event,         ///< one event of 20 MB without an end
  end_mid_stream,  ///< a clean end of the transport after some tokens: nothing says that the answer is whole
  error_mid_stream,  ///< an error event after some tokens
};

std::string_view name_of(fault_name name) noexcept;  ///< as users write it: "drop-mid-stream"
/// All names, a blank between two.
std::string fault_names();
std::optional<fault_name> fault_name_from(std::string_view text) noexcept;

struct fault_setting {
  fault_name name = fault_name::hang;
  double probability = 1;              ///< of each request (each connection for refuse), 0..1
  std::optional<std::uint32_t> count;  ///< hits left; without it, no end
  std::optional<int>
      after;  ///< tokens sent before it strikes; default half of the answer for *-mid-stream, else 0
  std::string
      path;  ///< requests whose path starts so; empty: the calls that generate (and for loading, health too)
  int status = 0;                 ///< another status for error-500 and error-in-200; 0: the usual one
  std::string retry_after = "1";  ///< the header's text of error-429
  milliseconds lasting{0};        ///< ends by itself after this long; 0: does not
};

/// `NAME[:P[:N]]`: probability 0..1 (default 1), N hits. Errors name what was expected.
result<fault_setting> parse_fault(std::string_view text);

}  // namespace edgemesh::mock
