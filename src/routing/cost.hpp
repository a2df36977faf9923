// What it costs to use a candidate now, in milliseconds of expected time to the first token (DESIGN 7), from the numbers in
// its cells. Loads are own requests, which are exact, and what the owner said about the others, which is old. Pure but for
// those reads; no lock, no allocation.
#pragma once
#include "base/clock.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::routing {

/// How long the load that came with an answer outranks the one that is gossiped.
inline constexpr seconds heard_load_age_max{2};
/// Costs that differ by less are equal: neither is a millisecond measured so well, nor worth anything.
inline constexpr double equal_cost_ms = 1.0;

/// Requests that the backend works on or queues, of all nodes, as far as this node knows.
int busy_of(const backend_cell& cell, std::int64_t now) noexcept;
/// The same, relative to what the backend works on at once.
double load_of(const backend_cell& cell, std::int64_t now) noexcept;
/// load_of() < 1
bool has_room_for_one(const backend_cell& cell, std::int64_t now) noexcept;
/// It works on as many as it can by its own report: others are preferred, but nobody is refused for it.
bool is_saturated(const backend_cell& cell, std::int64_t now) noexcept;

/// The round trip to where the connection is held, as measured last; 0 for this node's own.
double distance_of(const backend_path& path) noexcept;
/// distance + load x the time to first content, as learned (50 ms .. 10 s) or 200 ms.
double cost_of(const candidate& c, std::int64_t now) noexcept;

/// An owner's load as an answer of it brought it: all that it has in flight there, ours included, and the backend's queue.
struct told_load {
  int in_flight = 0, waiting = 0, slots = 0;
};
void hear_load(backend_cell& cell, const told_load& load, instant now) noexcept;
/// One stream's time from dispatch to first content.
void learn_first_content(backend_cell& cell, microseconds took) noexcept;

}  // namespace edgemesh::routing
