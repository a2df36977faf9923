#include "domain/cost.hpp"

#include <algorithm>
#include <limits>

namespace edgemesh {

std::int64_t cost_of(const model_prices& p, const token_usage& usage) noexcept {
  constexpr std::int64_t million = 1'000'000;
  const auto prompt = std::max<std::int64_t>(0, usage.prompt_tokens);
  const auto cached = std::clamp<std::int64_t>(usage.cached_tokens, 0, prompt);
  const auto output = std::max<std::int64_t>(0, usage.completion_tokens);
  const auto sum = static_cast<__int128>(prompt - cached) * p.input + static_cast<__int128>(cached) * p.cached_input +
                   static_cast<__int128>(output) * p.output;
  const auto cost = (sum + million / 2) / million + p.request;
  return static_cast<std::int64_t>(std::min<__int128>(cost, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace edgemesh
