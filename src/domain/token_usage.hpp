// Tokens of one answer and who counted them.
#pragma once
#include <cstdint>
#include <string_view>

namespace edgemesh {

enum class usage_source : std::uint8_t { none, upstream, estimated };
constexpr std::string_view name_of(usage_source s) noexcept {
  return s == usage_source::upstream ? "upstream" : s == usage_source::estimated ? "estimated" : "none";
}

struct token_usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  usage_source source = usage_source::none;
  friend bool operator==(const token_usage&, const token_usage&) = default;
};

}  // namespace edgemesh
