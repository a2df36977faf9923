#include "routing/two_choices.hpp"

#include <cmath>

#include "routing/constraints.hpp"
#include "routing/cost.hpp"

namespace edgemesh::routing {
namespace {

bool is_local(const candidate& c) noexcept { return c.path == nullptr || c.path->local; }
double distance_to(const candidate& c) noexcept { return c.path == nullptr ? 0 : distance_of(*c.path); }

}  // namespace

bool two_choices::is_near_with_room(const candidate& c) const noexcept {
  return (c.path == nullptr || table_.is_near(*c.path)) && has_room_for_one(*c.backend->cell, now_);
}

void two_choices::offer(const candidate& c) noexcept {
  const auto& cell = *c.backend->cell;
  const group its{routing::health_rank(*c.backend), is_saturated(cell, now_), c.backend->priority,
                  table_.has_peers() && !is_near_with_room(c)};
  const bool is_first = seen_ == 0 || its < group_;
  if (is_first) {
    group_ = its;
    seen_ = 0;
  } else if (its != group_) {
    return;
  }
  const auto place = seen_ < 2 ? seen_ : rng_.below(seen_ + 1);  // reservoir sampling
  if (place < 2) sample_[place] = &c;
  ++seen_;
  if (table_.has_peers()) keep_nearest(c, is_first);
}

/// Where all stand equally far, as all of a node's own do, nobody is kept: the sample decides.
void two_choices::keep_nearest(const candidate& c, bool is_first) noexcept {
  nearness its{&c, distance_to(c), is_local(c), 0};
  if (is_first) distances_differ_ = false;
  const int order = is_first ? -1 : compare(its, nearest_);
  if (!is_first && order != 0) distances_differ_ = true;
  if (order > 0) return;
  its.cost_ms = cost_of(c, now_);
  equally_near_ = order < 0 ? 1 : equally_near_ + 1;
  const bool is_equal = order == 0 && std::abs(its.cost_ms - nearest_.cost_ms) < equal_cost_ms;
  if (is_equal ? rng_.below(equally_near_) == 0 : order < 0 || its.cost_ms < nearest_.cost_ms) nearest_ = its;
}

int two_choices::compare(const nearness& a, const nearness& b) noexcept {
  if (a.is_local != b.is_local) return a.is_local ? -1 : 1;
  if (std::abs(a.distance_ms - b.distance_ms) < equal_cost_ms) return 0;
  return a.distance_ms < b.distance_ms ? -1 : 1;
}

const candidate* two_choices::cheaper(const candidate* a, const candidate* b) noexcept {
  if (a == b) return a;
  const double first = cost_of(*a, now_), second = cost_of(*b, now_);
  if (std::abs(first - second) >= equal_cost_ms) return first < second ? a : b;
  if (is_local(*a) != is_local(*b)) return is_local(*a) ? a : b;
  return rng_.below(2) == 0 ? a : b;
}

const candidate* two_choices::pick() noexcept {
  if (seen_ == 0) return nullptr;
  const candidate* best = seen_ < 2 ? sample_[0] : cheaper(sample_[0], sample_[1]);
  return distances_differ_ ? cheaper(nearest_.who, best) : best;
}

}  // namespace edgemesh::routing
