// The body of POST /mesh/v1/ask, both ways: {"what", "subject", "query"}. Only what one node may ask another has a word here; every other
// question of the admin API cannot be said. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/ports.hpp"

namespace edgemesh::actors {

inline constexpr std::size_t question_subject_max = 256, question_query_max = 256;

/// Whether other nodes can be asked this.
bool is_askable(http::admin_question::kind what) noexcept;
/// Precondition: is_askable(q.what).
std::string write_question(const http::admin_question& q);
/// Errors: no JSON object of these three members, a word that is not known, out of bounds.
result<http::admin_question> read_question(std::string_view body);

}  // namespace edgemesh::actors
