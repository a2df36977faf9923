// What a lookup met while it found nobody: enough to tell the client the reason that helps it most. One decision, one
// thread; no allocation while counting.
#pragma once
#include <cstdint>
#include <optional>

#include "routing/constraints.hpp"

namespace edgemesh::routing {

class tally {
 public:
  /// One refused candidate; `data_class` is the effective class it was held against.
  void refused(refusal why, const candidate& c, const needs& n) noexcept;
  /// A virtual model's route applies but for the data class of the request.
  void route_denied(class_level data_class) noexcept;

  /// none: there was no candidate at all. Else the constraint that emptied the set: the latest one, in their order, that any candidate reached.
  refusal reason() const noexcept { return reason_; }
  /// The public name of a model that was refused for that reason; "" when no candidate was.
  std::string_view model() const noexcept { return example_.model == nullptr ? std::string_view{} : example_.model->name; }
  openai::api_error error(const route_query& query, const data_classes& classes) const;

 private:
  openai::api_error retry_later(const route_query& query) const;

  refusal reason_ = refusal::none;
  candidate example_;
  class_level class_ = 0;
  std::int64_t longest_context_ = 0;
  std::int64_t soonest_ = INT64_MAX;  // to_ticks(): when a breaker or a pause ends
};

}  // namespace edgemesh::routing
