// Which question a request to the admin port asks. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/ports.hpp"

namespace edgemesh::http {

struct admin_route {
  std::optional<admin_question> question;  ///< empty: see allow
  std::string allow;                       ///< methods of the path; empty: no such path
  bool healthz = false;
};

/// `metrics_only`: only /metrics and /healthz exist.
admin_route match_admin(std::string_view method, std::string_view path, bool metrics_only);

/// The role that a key needs to ask this: viewers read, group admins manage keys of their group, admins do everything.
key_role role_for(admin_question::kind what) noexcept;

}  // namespace edgemesh::http
