// What a client is told when an attempt failed below HTTP: connection, silence, garbage. Pure.
#pragma once
#include "dialects/answer.hpp"

namespace edgemesh::http {

/// `after_content`: the stream had begun; then the code is upstream_disconnected or upstream_timeout.
dialects::attempt_failure transport_failure(attempt_cause cause, bool after_content);

}  // namespace edgemesh::http
