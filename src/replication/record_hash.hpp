// SipHash-2-4 (Aumasson, Bernstein 2012) under the fixed key "edgemesh records": the 64-bit names of records and the marks of
// their bytes in digests. Every node must get the same numbers, so the key is public; it keeps somebody who may choose a record's
// subject from aiming at the name of somebody else's record. Not a signature. Pure; any thread.
#pragma once
#include <cstdint>
#include <string_view>

namespace edgemesh::replication {

class record_hash {
 public:
  record_hash() noexcept;
  record_hash& add(std::string_view bytes) noexcept;
  record_hash& add(std::uint8_t byte) noexcept;
  /// Of all bytes added, in order; ends the hash.
  std::uint64_t finish() noexcept;

 private:
  void take(std::uint64_t word) noexcept;
  std::uint64_t v_[4];
  std::uint64_t pending_ = 0;  // bytes of an unfinished word, lowest first
  std::uint64_t size_ = 0;
};

inline std::uint64_t hash_of(std::string_view bytes) noexcept { return record_hash().add(bytes).finish(); }

}  // namespace edgemesh::replication
