#include "dialects/finish_reason.hpp"

#include <algorithm>
#include <array>

namespace edgemesh::dialects {

finish_verdict read_finish_reason(json::value reason) noexcept {
  using enum finish_verdict::what;
  if (reason.type() != json::kind::string || reason.empty_string()) return {};
  for (std::string_view ours : {"stop", "length", "tool_calls", "content_filter", "function_call"})
    if (reason.equals(ours)) return {kept, ours};
  for (std::string_view bad : {"abort", "error", "aborted", "cancelled"})
    if (reason.equals(bad)) return {failed, {}};
  for (std::string_view word : {"max_tokens", "max_length", "MAX_TOKENS"})
    if (reason.equals(word)) return {renamed, "length"};
  for (std::string_view word : {"tool_use", "tool_call"})
    if (reason.equals(word)) return {renamed, "tool_calls"};
  for (std::string_view word : {"refusal", "safety", "SAFETY"})
    if (reason.equals(word)) return {renamed, "content_filter"};
  return {renamed, "stop"};  // repetition, eos, stop_sequence, end_turn, …
}

}  // namespace edgemesh::dialects
