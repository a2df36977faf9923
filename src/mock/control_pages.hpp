// How a fake backend is steered and looked at while it runs:
//   GET    /mock/faults
//   {"faults":[{"name","probability","count"?,"after"?,"path"?,"status"?,"retry_after"?,"for_ms"?}],"ttft_ms","itl_ms","tokens"}
//   PUT    /mock/faults    the same; a member that is missing stays as it is, "faults" replaces them all
//   GET    /mock/requests
//   {"data":[{"id","method","path","model","stream","state","fault","tokens_sent","started_ms",
//                          "left_ms","left_after_ms","ended_ms","headers":{…},"body"}]}, newest last; the
//                          *_ms are wall clock milliseconds since 1970 with fractions (left_after_ms: since
//                          started_ms), null while unknown
//   DELETE /mock/requests  forgets them
// One thread, the fake backend's.
#pragma once
#include "base/clock.hpp"
#include "mock/incoming.hpp"
#include "mock/mock_state.hpp"
#include "mock/persona.hpp"

namespace edgemesh::mock {

inline bool is_control_path(std::string_view path) noexcept {
  return path == "/mock" || path.starts_with("/mock/");
}

/// After a PUT the owner looks again at whether its listener is to be shut.
reply control_page(const incoming& request, mock_state& state, instant now);

}  // namespace edgemesh::mock
