#include "http/rate_fields.hpp"

#include <algorithm>

namespace edgemesh::http {

namespace {

struct field_names { std::string_view limit, remaining, reset; };
constexpr field_names of_requests{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"};
constexpr field_names of_tokens{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"};

void append_one(response_writer& head, const field_names& names, const admission::rate_state& s) {
  head.field(names.limit, s.limit);
  head.field(names.remaining, std::max<std::int64_t>(0, s.remaining));
  head.field(names.reset, reset_text(s.reset_after));
}

}  // namespace

std::string reset_text(nanoseconds until) {
  const auto ms = std::chrono::ceil<milliseconds>(std::max(until, nanoseconds(0))).count();
  if (ms < 1000) return std::to_string(ms) + "ms";
  const auto s = (ms + 999) / 1000;
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3600) return std::to_string(s / 60) + "m" + std::to_string(s % 60) + "s";
  return std::to_string(s / 3600) + "h" + std::to_string(s / 60 % 60) + "m" + std::to_string(s % 60) + "s";
}

void append_rates(response_writer& head, const admission::rate_report& rates) {
  if (rates.requests) append_one(head, of_requests, *rates.requests);
  if (rates.tokens) append_one(head, of_tokens, *rates.tokens);
}

}  // namespace edgemesh::http
