// What a proxy's answer to CONNECT means. Pure.
#pragma once
#include <string>
#include <string_view>

namespace edgemesh::net {

/// Why there is no tunnel, in our own words; empty when the answer's head, as it came, says 2xx.
std::string tunnel_problem(std::string_view head);

}  // namespace edgemesh::net
