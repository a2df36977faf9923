// The envelope of every message between nodes: magic, version, kind, mesh id, length, CRC-32C. What does not fit is dropped
// before its payload is decoded. Byte layout: proto/README.md. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/limits.hpp"

namespace edgemesh::proto {

/// Stable numbers; a kind that is not known is counted and ignored (a newer node may send it).
enum class message_kind : std::uint8_t {
  hello = 1, ping = 2, ack = 3, nack = 4, ping_request = 5, rumours = 6,
  records = 16, digest = 17, bucket_keys = 18, want = 19, fetch = 20, chunk = 21,
  beat = 32, beat_back = 33,
};

struct frame_view {
  std::uint8_t version = 0;
  message_kind kind{};
  std::string_view payload;  ///< into the frame
};

/// Why a frame was refused: the names of the counters.
enum class frame_fault : std::uint8_t { too_short, bad_magic, bad_version, other_mesh, bad_length, bad_checksum };
std::string_view name_of(frame_fault f) noexcept;

std::string seal_frame(std::uint8_t version, message_kind kind, const mesh_id& mesh, std::string_view payload);
/// In this order: size, magic, version range, mesh id, length, CRC-32C of everything but itself.
boost::system::result<frame_view, frame_fault> open_frame(std::string_view bytes, const mesh_id& mesh) noexcept;

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0) noexcept;  ///< Castagnoli, RFC 3720 B.4

}  // namespace edgemesh::proto
