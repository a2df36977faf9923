// The top-level members of a request, found in one pass: looking a name up in the body itself would scan megabytes of
// messages for each name. Views into the body. One conversion. Pure.
#pragma once
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace edgemesh::dialects {

class request_members {
 public:
  explicit request_members(json::value root) {
    for (const auto& m : root.members()) all_.push_back(m);
  }
  /// None when there is no such member.
  json::value operator[](std::string_view name) const noexcept {
    for (const auto& m : all_)
      if (m.key.equals(name)) return m.val;
    return {};
  }

 private:
  std::vector<json::member> all_;
};

}  // namespace edgemesh::dialects
