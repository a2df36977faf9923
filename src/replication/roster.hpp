// Who belongs to the mesh, decided from signed records alone: a key is a member while a record that a full member signed says so,
// it has not ended, and nobody evicted it. Merging needs no clock and no order: any set of records gives one roster. Pure; one thread.
//
// The root is the founding record (a full member that admits itself, pinned by its hash in every node's store and in join tokens).
// What an evicted key signed after the `since` of its eviction does not count, so a member that it admitted later is out too.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/mesh_ids.hpp"
#include "proto/records.hpp"

namespace edgemesh::replication {

struct member {
  node_key key;
  std::string name, site;
  node_role role = node_role::edge;
  std::string clearance;       ///< name of a data class
  std::int64_t not_after = 0;  ///< Unix seconds
  node_key admitted_by;
};

class roster {
 public:
  struct root { mesh_id mesh; content_hash founding; };  ///< SHA-256 of the founding record's raw bytes
  explicit roster(root r, const proto::signing& keys);

  /// Member, eviction and succession records whose signature was checked. True when the roster changed.
  bool learn(const proto::sealed_record& record);
  /// A member now: admitted, not evicted, not past its end (300 s of grace for clocks).
  const member* find(const node_key& key, std::int64_t now_s) const;
  const member* find_by_name(std::string_view name, std::int64_t now_s) const;
  bool is_evicted(const node_key& key) const noexcept;
  /// May this record count at all: its signer is (or was, before it was evicted) a member that may sign such a record.
  bool may_count(const proto::sealed_record& record, std::int64_t now_s) const;
  std::vector<member> members(std::int64_t now_s) const;
  std::vector<node_key> evicted() const;
  /// The records that show somebody else that `key` is a member: its own, its admitter's, up to the founding one.
  std::vector<std::string> proofs_of(const node_key& key) const;

 private:
  void settle();
  root root_;
  const proto::signing& keys_;
  std::map<std::string, proto::sealed_record> records_;  // by kind, subject and signer; bounded by records_max
  std::map<node_key, member> members_;
  std::map<node_key, std::int64_t> evicted_;             // key -> earliest `since`
  static constexpr std::size_t records_max = 65536;
};

}  // namespace edgemesh::replication
