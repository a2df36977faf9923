// One complete HTTP request as the dialects see it. Plain values.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edgemesh::mock {

struct incoming {
  std::string method;
  std::string path;   ///< without the query, as received (percent signs kept)
  std::string query;  ///< without '?'
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
  std::string body;

  /// The first header of that (lower-case) name, or empty.
  std::string_view header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

}  // namespace edgemesh::mock
