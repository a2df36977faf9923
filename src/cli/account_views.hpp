// What keys, groups, usage and audit look like in a terminal. Pure.
#pragma once
#include <string>

#include "json/value.hpp"

namespace edgemesh::cli {

std::string keys_view(json::value answer);
std::string groups_view(json::value answer);
/// One key or group: a line for each member that says something.
std::string account_view(json::value one);
std::string import_view(json::value answer);
std::string usage_view(json::value answer);
std::string audit_view(json::value answer);

/// "20/month", "100000 tokens/day"; "" without one.
std::string budget_text(json::value budget);

}  // namespace edgemesh::cli
