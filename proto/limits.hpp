// The bounds of the mesh's wire, checked before anything is decoded. proto/README.md says why each has its value.
#pragma once
#include <cstddef>
#include <cstdint>

namespace edgemesh::proto {

inline constexpr std::uint8_t version_min = 1;  ///< lowest protocol version that this build speaks
inline constexpr std::uint8_t version_max = 1;  ///< highest
inline constexpr std::size_t frame_max = 64u << 10;           ///< a whole frame with its head
inline constexpr std::size_t record_max = 8u << 10;           ///< one sealed record
inline constexpr std::size_t content_max = 4u << 20;          ///< one content blob, all chunks together
inline constexpr std::size_t content_chunk_max = 48u << 10;   ///< one chunk of it
inline constexpr std::size_t updates_max = 64;                ///< liveness proofs and accusations in one message
inline constexpr std::size_t records_max = 512;               ///< records in one message (frame_max bounds it too)
inline constexpr std::size_t digest_buckets = 256;
inline constexpr std::size_t bucket_keys_max = 2048;          ///< keys listed in one message
inline constexpr std::size_t name_max = 128;                  ///< names and addresses in records, bytes
inline constexpr std::size_t models_max = 4096;               ///< models in one content blob
inline constexpr int nesting_max = 8;                         ///< msgpack depth

}  // namespace edgemesh::proto
