// The x-ratelimit-* response headers in OpenAI's form: what is left of the tightest limit on requests and on tokens, and when all of it is
// there again ("1s", "6m0s", "120ms"). Pure.
#pragma once
#include <string>

#include "admission/gate.hpp"
#include "http/response_writer.hpp"

namespace edgemesh::http {

std::string reset_text(nanoseconds until);
void append_rates(response_writer& head, const admission::rate_report& rates);

}  // namespace edgemesh::http
