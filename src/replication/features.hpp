// What builds of EdgeMesh can do together that every node must be able to: names that a node lists in its record and its hellos. Such a
// feature is on when the records of all members list it (proto/README.md, 8); who lacks it holds it back. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "replication/mesh_view.hpp"

namespace edgemesh::replication {

inline constexpr std::string_view feature_shares = "shares";  ///< divides the limit of backends with one id

/// Of this build, ascending.
std::vector<std::string> own_features();

struct feature_state {
  std::string name;
  std::vector<std::string> held_back_by;  ///< names of nodes that do not list it, or have not described themselves yet
  bool is_on() const noexcept { return held_back_by.empty(); }
};
/// Every feature that any member lists, by name. `own_name` stands for this node, which lists own_features().
std::vector<feature_state> features_of(const mesh_view& view, const std::string& own_name);

bool lists(const proto::node_body& node, std::string_view feature) noexcept;

}  // namespace edgemesh::replication
