#include "dialects/reported_usage.hpp"

#include <algorithm>

#include "openai/token_estimate.hpp"

namespace edgemesh::dialects {
namespace {

std::int64_t count(json::value v) noexcept { return std::max<std::int64_t>(v.integer().value_or(0), 0); }

}  // namespace

std::optional<token_usage> read_usage(json::value usage, json::value timings) {
  if (usage.type() != json::kind::object) return std::nullopt;
  token_usage u;
  const auto [prompt, completion, prompt_details, completion_details] =
      usage.pick({"prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details"});
  u.prompt_tokens = count(prompt);
  u.completion_tokens = count(completion);
  if (u.prompt_tokens == 0 && u.completion_tokens == 0) return std::nullopt;
  const json::value cached = prompt_details["cached_tokens"];
  u.cached_tokens = cached.absent_or_null() ? count(timings["cache_n"]) : count(cached);
  u.reasoning_tokens = count(completion_details["reasoning_tokens"]);
  u.source = usage_source::upstream;
  return u;
}

bool is_whole_usage(json::value usage, bool has_completion) noexcept {
  const auto [prompt, total, completion] = usage.pick({"prompt_tokens", "total_tokens", "completion_tokens"});
  return prompt.integer() && total.integer() && (!has_completion || completion.integer());
}

void estimate_usage(const answer_options& options, answer& out) noexcept {
  if (out.usage.source != usage_source::none) return;
  out.usage.prompt_tokens = options.prompt_tokens_estimate;
  out.usage.completion_tokens = options.kind == endpoint::embeddings ? 0 : openai::estimate_tokens(out.text_bytes);
  out.usage.source = usage_source::estimated;
}

}  // namespace edgemesh::dialects
