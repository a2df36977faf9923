// What one life of a node in a mesh begins with: its key, its store, what the store knows, and an incarnation that is above all earlier
// ones. Read from the disk at start, before the actor system is made; blocks.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "net/mesh_identity.hpp"
#include "proto/records.hpp"
#include "replication/roster.hpp"
#include "settings/node_settings.hpp"
#include "store/store.hpp"

namespace edgemesh::actors {

struct mesh_life {
  net::shared_identity identity;
  std::shared_ptr<store::store> disk;
  replication::roster::root root;
  std::vector<proto::sealed_record> records;
  std::uint64_t incarnation = 0;
  bool is_changing_key = false;  ///< an earlier life died before its new key had followed the old one
};

/// Null for a node outside a mesh: there is no key in its data directory. Errors are for the operator: a key that others may read, a store
/// that another process uses, a key without a mesh.
result<std::unique_ptr<mesh_life>> open_mesh_life(const settings::node_settings& settings, std::int64_t unix_seconds);

}  // namespace edgemesh::actors
