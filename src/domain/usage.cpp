#include "domain/usage.hpp"

#include <algorithm>

#include "domain/budget.hpp"

namespace edgemesh {

namespace {

/// "node/backend", where the backend is another node's.
std::string node_in(const std::string& backend) {
  const auto slash = backend.find('/');
  return slash == std::string::npos ? "" : backend.substr(0, slash);
}

usage_row row_for(const usage_record& record, const usage_attempt& attempt) {
  usage_row row{{record.key, record.group, record.model, attempt.backend, record.node, record.site}, {}};
  if (!attempt.is_charged) {
    row.name.node = node_in(attempt.backend);
    row.name.site.clear();
    row.counts.waste_tokens = attempt.usage.prompt_tokens + attempt.usage.completion_tokens;
    return row;
  }
  row.counts.requests = 1;
  row.counts.prompt_tokens = attempt.usage.prompt_tokens;
  row.counts.completion_tokens = attempt.usage.completion_tokens;
  row.counts.cached_tokens = attempt.usage.cached_tokens;
  row.counts.cost = attempt.cost;
  row.counts.estimated = attempt.usage.source == usage_source::estimated ? 1 : 0;
  return row;
}

}  // namespace

usage_counts& usage_counts::operator+=(const usage_counts& o) noexcept {
  requests += o.requests;
  prompt_tokens += o.prompt_tokens;
  completion_tokens += o.completion_tokens;
  cached_tokens += o.cached_tokens;
  cost += o.cost;
  estimated += o.estimated;
  waste_tokens += o.waste_tokens;
  return *this;
}

std::optional<usage_interval> usage_interval_from(std::string_view name) noexcept {
  for (int i = 0; i < usage_interval_count; ++i)
    if (name_of(static_cast<usage_interval>(i)) == name) return static_cast<usage_interval>(i);
  return std::nullopt;
}

std::int64_t begin_of(usage_interval interval, std::int64_t unix_ms) noexcept {
  using namespace std::chrono;
  const auto at = floor<seconds>(sys_time<milliseconds>(milliseconds(unix_ms)));
  switch (interval) {
    case usage_interval::minute: return floor<minutes>(at).time_since_epoch() / seconds(1);
    case usage_interval::hour: return floor<hours>(at).time_since_epoch() / seconds(1);
    case usage_interval::day: return window_of(budget_period::day, at).begin;
    case usage_interval::month: break;
  }
  return window_of(budget_period::month, at).begin;
}

std::int64_t end_of(usage_interval interval, std::int64_t unix_ms) noexcept {
  constexpr std::int64_t lengths[] = {60, 3600, 86'400};
  if (interval != usage_interval::month) return begin_of(interval, unix_ms) + lengths[static_cast<int>(interval)];
  return window_of(budget_period::month, std::chrono::sys_time<milliseconds>(milliseconds(unix_ms))).end;
}

std::vector<usage_row> rows_of(const usage_record& record) {
  std::vector<usage_row> out;
  bool is_charged = false;
  for (const auto& attempt : record.attempts) {
    auto row = row_for(record, attempt);
    is_charged = is_charged || attempt.is_charged;
    if (row.counts != usage_counts{}) out.push_back(std::move(row));
  }
  if (!is_charged) out.push_back({{record.key, record.group, record.model, "", "", ""}, {.requests = 1}});
  return out;
}

}  // namespace edgemesh
