// Client connections as the admin API shows them. Pure.
#pragma once
#include <string>
#include <vector>

#include "http/session_link.hpp"

namespace edgemesh::actors {

/// Busy ones first, then by age. `now` is the wall clock: links carry wall times.
std::string sessions_page(std::vector<http::session_view> sessions, wall_time now);

}  // namespace edgemesh::actors
