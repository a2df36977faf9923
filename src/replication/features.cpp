#include "replication/features.hpp"

#include <algorithm>
#include <set>

namespace edgemesh::replication {

std::vector<std::string> own_features() {
  return {
#ifdef EDGEMESH_WIRE_NEXT
      "next",
#endif
      std::string(feature_shares),
  };
}

bool lists(const proto::node_body& node, std::string_view feature) noexcept {
  return std::find(node.features.begin(), node.features.end(), feature) != node.features.end();
}

std::vector<feature_state> features_of(const mesh_view& view, const std::string& own_name) {
  const auto own = own_features();
  std::set<std::string> names(own.begin(), own.end());
  for (const auto& n : view.nodes) names.insert(n.body.features.begin(), n.body.features.end());
  std::vector<feature_state> all;
  for (const auto& name : names) {
    feature_state f{name, {}};
    if (std::find(own.begin(), own.end(), name) == own.end()) f.held_back_by.push_back(own_name);
    for (const auto& n : view.nodes)
      if (!lists(n.body, name)) f.held_back_by.push_back(n.who.name);
    all.push_back(std::move(f));
  }
  return all;
}

}  // namespace edgemesh::replication
