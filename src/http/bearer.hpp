// The key that a request shows: what follows "Bearer " in its one Authorization field. Pure.
#pragma once
#include <string_view>

#include "http/head_scan.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::http {

/// "" when the field is absent. A view into the head. Errors: 400 when it is there twice, 401 for another scheme.
openai::api_result<std::string_view> bearer_of(const request_head& head);

}  // namespace edgemesh::http
