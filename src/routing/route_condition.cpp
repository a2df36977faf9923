#include "routing/route_condition.hpp"

namespace edgemesh::routing {
namespace {

bool agrees(const std::optional<bool>& wanted, bool fact) noexcept { return !wanted || *wanted == fact; }

bool within(const std::optional<std::pair<int, int>>& hours, int minute) noexcept {
  if (!hours || hours->first == hours->second) return true;  // from = to: the whole day
  const auto [from, to] = *hours;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

}  // namespace

bool holds_without_class(const route_condition& when, const route_query& query) noexcept {
  const auto tokens = query.facts.prompt_tokens;
  return tokens >= when.prompt_tokens_min.value_or(tokens) && tokens <= when.prompt_tokens_max.value_or(tokens) &&
         agrees(when.tools, query.facts.tools) && agrees(when.images, query.facts.images) &&
         agrees(when.json_schema, query.facts.json_schema) && agrees(when.stream, query.stream) &&
         within(when.minutes_of_day, query.minute_of_day);
}

bool class_holds(const route_condition& when, class_level effective) noexcept {
  return !when.data_class || effective <= *when.data_class;
}

}  // namespace edgemesh::routing
