// Which question a request to the admin port asks. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "http/ports.hpp"

namespace edgemesh::http {

struct admin_route {
  std::optional<admin_question> question;  ///< empty: see allow
  std::string_view allow;                  ///< methods of the path; empty: no such path
  bool healthz = false;
};

/// `metrics_only`: only /metrics and /healthz exist.
admin_route match_admin(std::string_view method, std::string_view path, bool metrics_only);

}  // namespace edgemesh::http
