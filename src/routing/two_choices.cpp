#include "routing/two_choices.hpp"

#include <algorithm>

#include "routing/constraints.hpp"

namespace edgemesh::routing {
namespace {
constexpr int unlimited_counts_as = 16;  // places of a backend without a limit, when it is compared with one that has a limit

int places_of(const backend_cell& cell) noexcept {
  const int limit = cell.concurrency.load(std::memory_order_relaxed);
  return limit > 0 ? limit : cell.slots.load(std::memory_order_relaxed);
}

}  // namespace

// One may wait behind each pair of slots, so that none runs dry; more would only wait.
bool is_saturated(const backend_cell& cell) noexcept {
  const int slots = cell.slots.load(std::memory_order_relaxed);
  return slots > 0 && cell.in_flight.load(std::memory_order_relaxed) >= slots + std::max(2, slots / 2);
}

double load_of(const backend_cell& cell) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const int limit = places_of(cell);
  const int busy = cell.in_flight.load(relaxed) + cell.reported_waiting.load(relaxed);
  return static_cast<double>(busy) / (limit > 0 ? limit : unlimited_counts_as);
}

void two_choices::offer(const candidate& c) noexcept {
  const group its{routing::health_rank(*c.backend), is_saturated(*c.backend->cell), c.backend->priority};
  if (seen_ == 0 || its < group_) {
    group_ = its;
    seen_ = 0;
  } else if (its != group_) {
    return;
  }
  const auto place = seen_ < 2 ? seen_ : rng_.below(seen_ + 1);  // reservoir sampling
  if (place < 2) sample_[place] = &c;
  ++seen_;
}

const candidate* two_choices::pick() noexcept {
  if (seen_ < 2) return seen_ == 0 ? nullptr : sample_[0];
  const double first = load_of(*sample_[0]->backend->cell), second = load_of(*sample_[1]->backend->cell);
  if (first == second) return sample_[rng_.below(2)];
  return sample_[first < second ? 0 : 1];
}

}  // namespace edgemesh::routing
