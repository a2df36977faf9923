// Why a request cannot be said in a dialect's words: the client's mistake, or something that only another kind of
// backend can do. Both are 400; the second has the code `unsupported_parameter`. Pure.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "openai/api_error.hpp"

namespace edgemesh::dialects {

/// Empty when all went well.
using conversion_fault = std::optional<openai::api_error>;

inline openai::api_error client_mistake(std::string message, std::string param) {
  return openai::bad_request(std::move(message), std::move(param));
}

inline openai::api_error unsupported_parameter(std::string message, std::string param) {
  return openai::bad_request(std::move(message), std::move(param), "unsupported_parameter");
}

}  // namespace edgemesh::dialects
