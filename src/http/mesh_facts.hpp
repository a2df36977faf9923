// What the HTTP code of a node needs to know of its mesh: an immutable snapshot, replaced when the roster or a node's record
// changes. Any thread may read.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/data_class.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::http {

/// A member, as a request that comes from it is judged.
struct mesh_peer {
  std::string name, site;
  class_level clearance = 0;  ///< unknown class names count as the lowest
};

/// Where clients may go: a line of GET /mesh/endpoints.
struct mesh_endpoint {
  std::string node, site, url;
};

struct mesh_facts {
  std::string site;           ///< this node's
  class_level clearance = 0;  ///< this node's, by its member record
  std::unordered_map<node_key, mesh_peer> peers;  ///< members now: who is not among them is refused
  std::unordered_set<node_key> replaced;          ///< former keys of members: what they have begun may end, nothing new begins
  std::vector<mesh_endpoint> endpoints;           ///< of nodes that serve and have a public_url, this node included

  const mesh_peer* find(const node_key& key) const noexcept {
    const auto at = peers.find(key);
    return at == peers.end() ? nullptr : &at->second;
  }
};

/// {"data":[{"node","site","url"}]}; an empty list without a mesh.
std::string endpoints_body(const mesh_facts* facts);

}  // namespace edgemesh::http
