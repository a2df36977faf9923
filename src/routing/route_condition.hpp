// Whether a virtual model's route applies to a request. Pure.
#pragma once
#include "routing/decide.hpp"

namespace edgemesh::routing {

/// All conditions but the data class.
bool holds_without_class(const route_condition& when, const route_query& query) noexcept;
/// The effective class is at most the condition's.
bool class_holds(const route_condition& when, class_level effective) noexcept;

}  // namespace edgemesh::routing
