#include "routing/cost.hpp"

#include <algorithm>

namespace edgemesh::routing {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr int unlimited_counts_as = 16;  // places of a backend without a limit, when it is compared with one that has a limit
constexpr double service_default_ms = 200, service_min_ms = 50, service_max_ms = 10'000;

int places_of(const backend_cell& cell) noexcept {
  const int limit = cell.concurrency.load(relaxed);
  const int places = limit > 0 ? limit : cell.slots.load(relaxed);
  return places > 0 ? places : unlimited_counts_as;
}

double service_ms(const backend_cell& cell) noexcept {
  const auto us = cell.first_content_us.load(relaxed);
  return us == 0 ? service_default_ms : std::clamp(static_cast<double>(us) / 1000, service_min_ms, service_max_ms);
}

}  // namespace

int busy_of(const backend_cell& cell, std::int64_t now) noexcept {
  const int own = cell.in_flight.load(relaxed);
  const auto heard_at = cell.heard_at.load(relaxed);
  if (heard_at != 0 && now - heard_at < nanoseconds(heard_load_age_max).count()) return own + cell.heard_in_flight.load(relaxed);
  return own + cell.others_in_flight.load(relaxed) + cell.reported_waiting.load(relaxed);
}

double load_of(const backend_cell& cell, std::int64_t now) noexcept {
  return static_cast<double>(busy_of(cell, now)) / places_of(cell);
}

bool has_room_for_one(const backend_cell& cell, std::int64_t now) noexcept { return busy_of(cell, now) < places_of(cell); }

// One may wait behind each pair of slots, so that none runs dry; more would only wait.
bool is_saturated(const backend_cell& cell, std::int64_t now) noexcept {
  const int slots = cell.slots.load(relaxed);
  if (slots <= 0) return false;
  const bool is_heard = cell.heard_at.load(relaxed) != 0;
  const int busy = is_heard ? busy_of(cell, now) : cell.in_flight.load(relaxed) + cell.others_in_flight.load(relaxed);
  return busy >= slots + std::max(2, slots / 2);
}

double distance_of(const backend_path& path) noexcept {
  if (path.local) return 0;
  const auto measured = path.cell ? path.cell->round_trip_us.load(relaxed) : 0;
  return measured > 0 ? static_cast<double>(measured) / 1000 : path.distance_ms;
}

double cost_of(const candidate& c, std::int64_t now) noexcept {
  const auto& cell = *c.backend->cell;
  if (c.path == nullptr || c.path->local) return load_of(cell, now) * service_ms(cell);
  // With this request on top: a peer that claims to be idle is still as slow as it was found to be.
  return distance_of(*c.path) + (load_of(cell, now) + 1.0 / places_of(cell)) * service_ms(cell);
}

void hear_load(backend_cell& cell, const told_load& load, instant now) noexcept {
  const int others = load.in_flight - cell.in_flight.load(relaxed);
  cell.heard_in_flight.store(std::max(others, 0) + load.waiting, relaxed);
  if (load.slots > 0) cell.slots.store(load.slots, relaxed);
  cell.heard_at.store(to_ticks(now), relaxed);
}

void learn_first_content(backend_cell& cell, microseconds took) noexcept {
  const auto last = cell.first_content_us.load(relaxed);
  const auto now = std::max<std::int64_t>(took.count(), 1);
  // A sample that another shard overwrites is one of many.
  cell.first_content_us.store(last == 0 ? now : std::max<std::int64_t>(last + (now - last) / 8, 1), relaxed);
}

}  // namespace edgemesh::routing
