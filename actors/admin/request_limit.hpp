// How many finished requests GET /admin/v1/requests lists: `limit=N` of its query, 100 without one. Pure.
#pragma once
#include <charconv>
#include <cstddef>
#include <string_view>

namespace edgemesh::actors {

inline std::size_t request_limit_of(std::string_view query) noexcept {
  std::size_t limit = 100;
  const auto at = query.starts_with("limit=") ? std::size_t{0} : query.find("&limit=");
  if (at == query.npos) return limit;
  const auto digits = query.substr(query.find('=', at) + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  return limit;
}

}  // namespace edgemesh::actors
