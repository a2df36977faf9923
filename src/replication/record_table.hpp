// The signed records that a node knows, newest version of each, and their digest. A record is known by (kind, signer, subject);
// the higher version wins, whoever brings it; at equal version and different bytes the greater bytes win (its signer lost its disk: it
// will sign a higher one once it sees that). Pure; one thread. Bounded: `entries` records, `bytes` in all, record_max
// each, and per signer `signer_max` of a kind, so that one member cannot use up the room of the others.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/messages.hpp"
#include "proto/records.hpp"

namespace edgemesh::replication {

enum class offer_verdict : std::uint8_t { news, known, stale, refused };

/// What a record is known by.
struct record_name {
  proto::record_kind kind{};
  node_key signer;
  std::string subject;
};

struct record_table_limits {
  std::size_t entries = 200'000;     ///< records; 1,000 nodes with 40 backends each are 42,000
  std::size_t bytes = 256u << 20;    ///< of all raw records together
};

class record_table {
 public:
  explicit record_table(record_table_limits limits = {}) : limits_(limits) {}

  /// How many records of a kind one signer may have here: 4096 admissions and evictions, 1024 of anything else.
  static constexpr std::size_t signer_max(proto::record_kind kind) noexcept {
    return kind == proto::record_kind::member || kind == proto::record_kind::eviction ? 4096 : 1024;
  }

  /// What offer() would answer, without keeping anything; `refused` for want of room. Cheap: to be asked before a signature is checked.
  offer_verdict preview(const proto::sealed_record& record) const;
  /// Signature and right to sign were checked by the caller. `stale`: a higher version is here (tell the sender).
  offer_verdict offer(const proto::sealed_record& record);
  /// Forgets all records of this signer of these kinds (an evicted node's own descriptions).
  void forget(const node_key& signer, proto::record_kind kind);
  /// Forgets one record. False: was not here.
  bool forget(std::uint64_t key);
  /// Forgets all that `is_kept` denies; how many.
  std::size_t keep_only(const std::function<bool(const proto::sealed_record&)>& is_kept);

  const proto::sealed_record* find(proto::record_kind kind, const node_key& signer, std::string_view subject) const;
  const proto::sealed_record* find(std::uint64_t key) const;
  /// SipHash-2-4 (record_hash.hpp) of the kind's byte, the signer's 32 bytes and the subject.
  static std::uint64_t key_of(proto::record_kind kind, const node_key& signer, std::string_view subject) noexcept;
  static std::uint64_t key_of(const proto::sealed_record& r) noexcept { return key_of(r.head.kind, r.signer, r.head.subject); }
  /// The mark of raw bytes as key lists carry it: the low half of what the digest sums up.
  static std::uint32_t mark_of(std::string_view raw) noexcept;
  void for_each(const std::function<void(const proto::sealed_record&)>& f) const;
  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

  /// XOR over the records of each bucket of a 64-bit hash of the raw bytes (key and version are part of them); bucket = key mod 256.
  const std::array<std::uint64_t, proto::digest_buckets>& buckets() const noexcept { return buckets_; }
  std::uint64_t summary() const noexcept { return summary_; }
  /// In order of keys.
  std::vector<proto::key_version> keys_in(std::uint16_t bucket) const;
  proto::key_version version_of(std::uint64_t key) const;  ///< mark 0 and version 0 when not here

 private:
  struct entry { proto::sealed_record record; std::uint64_t mark = 0; };
  bool has_room_for(const proto::sealed_record& record) const;
  void mix(std::uint64_t key, std::uint64_t mark) noexcept;
  record_table_limits limits_;
  std::unordered_map<std::uint64_t, entry> entries_;
  std::unordered_map<std::uint64_t, std::uint32_t> of_signer_;  // key_of(kind, signer, "") -> how many
  std::array<std::vector<std::uint64_t>, proto::digest_buckets> keys_;
  std::array<std::uint64_t, proto::digest_buckets> buckets_{};
  std::uint64_t summary_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace edgemesh::replication
