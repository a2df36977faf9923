#include "actors/mesh/news_age.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace edgemesh::actors {

namespace {

constexpr std::array<double, 13> bounds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

/// Calls `newer` for each entry of `after` that `before` lacks or has with another stamp. Both are sorted by `name`.
template <class Rows, class Name, class Newer>
void compare(const Rows& before, const Rows& after, Name name, Newer newer) {
  auto old = before.begin();
  for (const auto& row : after) {
    while (old != before.end() && name(*old) < name(row)) ++old;
    const bool is_known = old != before.end() && !(name(row) < name(*old));
    if (!is_known || old->stamp_ms != row.stamp_ms) newer(row);
  }
}

}  // namespace

news_age::news_age() : ages_(bounds) {}

void news_age::changed(const replication::mesh_view& before, const replication::mesh_view& after, std::int64_t wall_ms) {
  if (before.nodes.empty()) return;  // what the disk knew
  const auto take = [&](const auto& row) { sample(row.stamp_ms, wall_ms); };
  compare(before.nodes, after.nodes, [](const replication::remote_node& n) { return std::tie(n.who.name, n.who.key); }, take);
  compare(before.backends, after.backends, [](const replication::remote_backend& b) { return std::tie(b.node, b.body.name); }, take);
}

void news_age::sample(std::int64_t stamp_ms, std::int64_t wall_ms) {
  if (stamp_ms > 0) ages_.record(static_cast<double>(std::max<std::int64_t>(0, wall_ms - stamp_ms)) / 1000);
}

}  // namespace edgemesh::actors
