// The bounds of the mesh's wire, checked before anything is decoded. proto/README.md says why each has its value.
#pragma once
#include <cstddef>
#include <cstdint>

namespace edgemesh::proto {

inline constexpr std::uint8_t version_min = 1;  ///< lowest protocol version that this build speaks
extern const std::uint8_t version_max;          ///< highest (version.cpp)
inline constexpr std::size_t frame_max = 64u << 10;           ///< a whole frame with its head
inline constexpr std::size_t record_max = 8u << 10;           ///< one sealed record
inline constexpr std::size_t content_max = 4u << 20;          ///< one content blob, all chunks together
inline constexpr std::size_t content_chunk_max = 48u << 10;   ///< one chunk of it
inline constexpr std::size_t updates_max = 64;                ///< liveness proofs and accusations in one message
inline constexpr std::size_t records_max = 512;               ///< records in one message (frame_max bounds it too)
inline constexpr std::size_t digest_buckets = 256;
inline constexpr std::size_t bucket_keys_max = 1900;          ///< keys listed in one message; that many fit a frame, whatever their values
inline constexpr std::size_t name_max = 128;                  ///< names in records, bytes
inline constexpr std::size_t label_max = 63;                  ///< names of nodes, sites, backends and data classes: [a-z0-9-]{1,63}
inline constexpr std::size_t address_max = 260;               ///< H:P with the longest DNS name
inline constexpr std::size_t url_max = 256;
inline constexpr std::size_t model_name_max = 256;
inline constexpr std::size_t models_max = 4096;               ///< models in one content blob, and prices
inline constexpr std::size_t features_max = 64;               ///< features of a node or link
inline constexpr std::size_t feature_name_max = 32;
inline constexpr std::size_t links_told_max = 32;             ///< links that a node record lists
inline constexpr std::size_t proofs_max = 64;                 ///< records that show one node to be a member
inline constexpr std::size_t instance_max = 64;               ///< bytes of a hello's `instance`
inline constexpr std::size_t claims_seen_max = 128;           ///< claims of others that a backend record lists
inline constexpr std::int64_t load_max = 1'000'000;           ///< sessions told by a load report; more is a lie
inline constexpr std::int64_t wall_ms_max = 253'402'300'799'999;  ///< the last millisecond of the year 9999
inline constexpr int field_key_max = 127;                     ///< keys of msgpack maps: one byte on the wire
inline constexpr int nesting_max = 8;                         ///< msgpack depth
inline constexpr std::size_t record_values_max = 4096;        ///< msgpack values in one record's body
inline constexpr std::size_t message_values_max = 16384;      ///< in one message
inline constexpr std::size_t content_values_max = 1u << 18;   ///< in one content blob

}  // namespace edgemesh::proto
