// What a node of a mesh keeps on disk: which mesh it is in, its incarnation, and the signed records that it knows. Free functions over
// the store; they block like it. Keys in family `node`: mesh.id, mesh.founding (hash), mesh.founding.record, incarnation; in family `records`: the 8 bytes of
// replication::record_table::key_of, big-endian, with the record's raw bytes as the value.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "store/store.hpp"

namespace edgemesh::store {

struct stored_record {
  std::uint64_t key = 0;  ///< record_table::key_of
  std::string raw;        ///< as it travels; empty: forget this one
};

struct mesh_state {
  mesh_id id;
  content_hash founding;
  std::uint64_t incarnation = 0;     ///< 0: the node never started in this mesh
  std::vector<std::string> records;  ///< raw, the founding one too, in no order that means anything
};

/// nullopt: this node is in no mesh. Errors: those of the store, a value of impossible size.
result<std::optional<mesh_state>> load_mesh_state(const store& from);

/// What a mesh begins with: its id, and its first record with its hash. That record is kept apart from the others: its signer may
/// sign a later one under the same name, and nothing counts without the first.
struct mesh_founding { mesh_id id; content_hash hash; std::string_view record; };

/// Makes the node one of this mesh: at `mesh init` with the founding record alone, at a join with what the inviter sent. Synced. Refused when
/// the store knows another mesh already.
result<void> save_mesh_founding(store& to, const mesh_founding& founding, std::span<const stored_record> records);

/// A number above every one that this node used before: the next life (domain/incarnation.hpp), not below the Unix seconds. On disk, synced, before it is returned.
result<std::uint64_t> next_incarnation(store& in, std::int64_t unix_seconds);
/// One that the node uses within this life. Synced; nothing is written when a number at least as high is there.
result<void> keep_incarnation(store& in, std::uint64_t used);

/// Puts or forgets records, all of them or none.
result<void> save_records(store& to, std::span<const stored_record> records, durability how);

/// After `mesh leave`: mesh and records go; the incarnation stays, so that a later life is above this one. Synced.
result<void> forget_mesh(store& in);

}  // namespace edgemesh::store
