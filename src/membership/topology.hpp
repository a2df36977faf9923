// Which links a node should hold: to everybody up to 32 nodes, above that at most 16, two of them into each other site where
// that fits, the same answer on every node for the same members (rendezvous hashing), so that few links are opened in vain. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "domain/mesh_ids.hpp"

namespace edgemesh::membership {

inline constexpr std::size_t full_mesh_max = 32;
inline constexpr std::size_t links_max = 16;  ///< above full_mesh_max

struct place {
  node_key key;
  std::string site;
  bool is_dialable = true;
  friend bool operator==(const place&, const place&) = default;
};

/// The nodes that `self` should dial or keep a link to, without itself. The links of all nodes together connect all that can be connected; a
/// node that nobody can dial has at least two links to dialable ones.
std::vector<node_key> links_wanted(const place& self, std::span<const place> members);

}  // namespace edgemesh::membership
