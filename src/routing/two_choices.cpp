#include "routing/two_choices.hpp"

#include <tuple>

#include "routing/constraints.hpp"

namespace edgemesh::routing {
namespace {
constexpr int unlimited_counts_as = 16;  // places of a backend without a limit, when it is compared with one that has a limit
}

double load_of(const backend_cell& cell) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const int limit = cell.concurrency.load(relaxed);
  const int busy = cell.in_flight.load(relaxed) + cell.reported_waiting.load(relaxed);
  return static_cast<double>(busy) / (limit > 0 ? limit : unlimited_counts_as);
}

void two_choices::offer(const candidate& c) noexcept {
  const int rank = routing::health_rank(*c.backend), priority = c.backend->priority;
  if (seen_ == 0 || std::tie(rank, priority) < std::tie(rank_, priority_)) {
    rank_ = rank, priority_ = priority;
    seen_ = 0;
  } else if (std::tie(rank, priority) != std::tie(rank_, priority_)) {
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
