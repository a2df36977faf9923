// The signed records that a node knows, newest version of each, and their digest. A record is known by (kind, signer, subject);
// the higher version wins, whoever brings it; at equal version and different bytes the greater bytes win (its signer lost its disk: it
// will sign a higher one once it sees that). Pure; one thread. Bounded: `entries_max`, record_max each.
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

class record_table {
 public:
  static constexpr std::size_t entries_max = 200'000;

  /// Signature and right to sign were checked by the caller. `stale`: a higher version is here (tell the sender).
  offer_verdict offer(const proto::sealed_record& record);
  /// Forgets all records of this signer of these kinds (an evicted node's own descriptions).
  void forget(const node_key& signer, proto::record_kind kind);

  const proto::sealed_record* find(proto::record_kind kind, const node_key& signer, std::string_view subject) const;
  const proto::sealed_record* find(std::uint64_t key) const;
  static std::uint64_t key_of(proto::record_kind kind, const node_key& signer, std::string_view subject) noexcept;
  void for_each(const std::function<void(const proto::sealed_record&)>& f) const;
  std::size_t size() const noexcept { return entries_.size(); }

  /// XOR over the records of each bucket of a 64-bit hash of (key, version, bytes); bucket = key mod 256.
  const std::array<std::uint64_t, proto::digest_buckets>& buckets() const noexcept { return buckets_; }
  std::uint64_t summary() const noexcept { return summary_; }
  std::vector<proto::key_version> keys_in(std::uint16_t bucket) const;

 private:
  struct entry { proto::sealed_record record; std::uint64_t mark = 0; };
  std::unordered_map<std::uint64_t, entry> entries_;
  std::array<std::vector<std::uint64_t>, proto::digest_buckets> keys_;
  std::array<std::uint64_t, proto::digest_buckets> buckets_{};
  std::uint64_t summary_ = 0;
};

}  // namespace edgemesh::replication
