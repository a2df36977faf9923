// The envelope of every message between nodes: magic, version, kind, mesh id, length, CRC-32C. What does not fit is dropped
// before its payload is decoded. Byte layout: proto/README.md. Pure.
#pragma once
#include <cstddef>
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

/// Called by Boost when value() is used on a fault: a broken invariant of ours.
[[noreturn]] void throw_exception_from_error(frame_fault f, const boost::source_location&);

inline constexpr std::size_t frame_head_size = 30;
inline constexpr std::size_t payload_max = frame_max - frame_head_size;

/// "" when the payload is over payload_max: it would be refused everywhere.
std::string seal_frame(std::uint8_t version, message_kind kind, const mesh_id& mesh, std::string_view payload);
/// In this order: size, magic, version range, mesh id, length, CRC-32C of everything but itself.
boost::system::result<frame_view, frame_fault> open_frame(std::string_view bytes, const mesh_id& mesh) noexcept;

/// Castagnoli's CRC-32 (RFC 3720 B.4). `seed` is the result for the bytes before these, so that pieces can be chained.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0) noexcept;

}  // namespace edgemesh::proto
