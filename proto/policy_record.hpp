// The record of a key or a group: each field as it was last set, by whom, and what the writer had seen when it did. A node signs its
// whole knowledge of a subject, so that of one node its latest record says everything, and the records of several nodes are joined by
// replication/policy_registers. Fields are opaque here: those that this build does not know are kept and passed on. Pure.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/store_id.hpp"
#include "proto/limits.hpp"
#include "proto/records.hpp"

namespace edgemesh::proto {

inline constexpr std::size_t policy_writers_max = 64;   ///< stores that have ever written one subject
inline constexpr std::size_t policy_writes_max = 128;   ///< fields, counting those of which there are several
inline constexpr std::size_t policy_secrets_max = 16;
inline constexpr std::size_t policy_value_max = 4096;   ///< bytes of one field
inline constexpr std::size_t policy_body_max = record_max - 256;  ///< bytes of a body, so that with its head it fits one record
inline constexpr std::size_t policy_revocation_max = 256;  ///< kept free of that: a revocation always finds room
inline constexpr std::size_t policy_id_size = 10;       ///< of a key or group, base62

/// That the subject is over for ever: a revoked key, a deleted group. The one field that is not opaque: that it was written once is all
/// that counts, whatever its value; no write replaces it and no bound of a join keeps it out.
inline constexpr std::uint8_t policy_revoked_field = 21;

/// One act of writing: the count-th by that store about this subject. Never used twice.
struct policy_dot {
  store_id by;
  std::uint64_t count = 0;
  friend auto operator<=>(const policy_dot&, const policy_dot&) = default;
};

struct policy_write {
  std::uint8_t field = 0;
  policy_dot dot;
  std::uint64_t stamp = 0;  ///< hybrid time, packed
  std::string author;       ///< id of the key that asked for it; "": the node itself
  std::string value;        ///< as proto/policy_fields writes it; "": back to the default
  friend bool operator==(const policy_write&, const policy_write&) = default;
};

/// A token that opens the key, by its hash.
struct policy_secret {
  content_hash hash;           ///< SHA-256 of the whole token
  std::int64_t ends_at = 0;    ///< Unix seconds; 0: with the key
  friend bool operator==(const policy_secret&, const policy_secret&) = default;
};

struct policy_body {
  std::map<store_id, std::uint64_t> seen;  ///< of each store: all its writes up to this one are in here, or have been replaced
  std::vector<policy_write> writes;        ///< in order of field and dot; of policy_revoked_field at most one, which `seen` need not cover
  std::map<content_hash, std::int64_t> secrets;  ///< hash to ends_at
  friend bool operator==(const policy_body&, const policy_body&) = default;
};

/// Writes that count against policy_writes_max: all but a revocation.
std::size_t counted_writes(const policy_body& body) noexcept;

/// What its bytes are at most, without writing them.
std::size_t size_bound(const policy_body& body) noexcept;

/// The body's bytes; the same knowledge gives the same bytes.
std::string write_policy(const policy_body& body);
/// Errors: not one; a bound that is exceeded; a write beyond what `seen` says; two writes of one dot and field.
result<policy_body> read_policy(std::string_view bytes);

/// What is known of one key or group.
struct policy_row {
  bool is_group = false;
  std::string id;
  policy_body body;
  friend bool operator==(const policy_row&, const policy_row&) = default;
};
/// "k" or "g" and the id: the subject of its record, and its name on disk.
std::string policy_name(const policy_row& row);
bool is_policy_name(std::string_view name) noexcept;

/// Signed by a node for the others, each time it is told: on the node's own disk lies the body alone, since the mesh that the signature
/// names may be another one later, and the key too. Whether the signer may write policy (role full) is for who acts on it to ask.
sealed_record seal(const record_author& by, const policy_row& row);
result<policy_row> read_policy_record(const sealed_record& record);

}  // namespace edgemesh::proto
