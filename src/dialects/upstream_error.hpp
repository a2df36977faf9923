// Any failing upstream response as one attempt_failure: the extraction algorithm and the table of backends.md F.4. Pure.
#pragma once
#include <string_view>

#include "dialects/answer.hpp"
#include "dialects/dialect.hpp"

namespace edgemesh::dialects {

/// `body` is what arrived (at most the first 64 KiB); `status` the HTTP status, or 200 for an error found inside a 200
/// (then the error object's own code decides, where it is an HTTP status). Upstream text reaches the client's error
/// message only (512 bytes at most, control characters removed, never HTML); it must not be logged.
attempt_failure read_upstream_error(backend_kind kind, const upstream_head& head, std::string_view body, wall_time now);

/// Retry-After in seconds or as an HTTP date; a date in the past is 0. nullopt when malformed.
std::optional<seconds> parse_retry_after(std::string_view header, wall_time now) noexcept;

}  // namespace edgemesh::dialects
