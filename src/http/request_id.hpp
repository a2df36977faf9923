// The x-request-id of a request: the client's own where it is a valid one. Pure.
#pragma once
#include <string_view>

#include "base/ascii.hpp"

namespace edgemesh::http {

/// [A-Za-z0-9._-]{1,128}
constexpr bool is_request_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 128) return false;
  for (char c : id)
    if (!ascii::is_alnum(c) && c != '.' && c != '_' && c != '-') return false;
  return true;
}

}  // namespace edgemesh::http
