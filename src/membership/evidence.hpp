// What the signed records of membership say, once taken apart: a liveness proof or an accusation. The cache remembers what was read
// and checked, so that news which arrives on sixteen links is decoded and verified once. One thread. Bounded: the oldest is dropped.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/mesh_ids.hpp"
#include "membership/precedence.hpp"
#include "proto/records.hpp"

namespace edgemesh::membership {

struct evidence {
  node_key subject, signer;
  std::uint64_t incarnation = 0;
  member_state says = member_state::unknown;  ///< alive, left: signed by the subject; suspect, dead: by an accuser
  std::uint64_t subject_hash = 0;             ///< member_table::hash_of(subject)
  std::string raw;

  claim what() const noexcept { return {incarnation, says}; }
  bool is_liveness() const noexcept { return says == member_state::alive || says == member_state::left; }
};
using evidence_ptr = std::shared_ptr<const evidence>;

class evidence_cache {
 public:
  /// Longer records are refused: a full message of them must fit a frame. Today's are about 200 bytes.
  static constexpr std::size_t raw_max = 512;
  /// No honest subject gets there by counting or by Unix seconds; above it nothing could be refuted any more.
  static constexpr std::uint64_t incarnation_max = std::uint64_t{1} << 62;

  evidence_cache(const proto::signing& keys, const mesh_id& mesh, std::size_t capacity);

  /// Null: neither a liveness proof nor an accusation, or out of bounds. The signature is not checked yet.
  evidence_ptr read(std::string_view raw);
  /// Checked with the first question, remembered while the record is.
  bool is_genuine(const evidence& e);
  /// A record that this node signed itself.
  evidence_ptr keep_own(const proto::sealed_record& record);

 private:
  enum class verdict : std::uint8_t { open, genuine, forged };
  struct slot { evidence_ptr what; verdict checked = verdict::open; };
  slot& insert(std::size_t hash, evidence_ptr e);
  const proto::signing& keys_;
  mesh_id mesh_;
  std::size_t capacity_;
  std::unordered_map<std::size_t, slot> slots_;  // by hash of the raw bytes; the bytes are compared too
  std::vector<std::size_t> order_;               // ring of what was inserted
  std::size_t oldest_ = 0;
};

}  // namespace edgemesh::membership
