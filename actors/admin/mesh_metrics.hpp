// The mesh in Prometheus' words: members, links, round trips, gossip. Bounded: nodes beyond the first `nodes_max` by name have no series of
// their own. Pure.
#pragma once
#include <string>

#include "actors/mesh/mesh_pages.hpp"
#include "actors/mesh/news_age.hpp"

namespace edgemesh::actors {

inline constexpr std::size_t metric_nodes_max = 200;

void append_mesh_metrics(std::string& out, const mesh_picture& p, const news_age& news);

}  // namespace edgemesh::actors
