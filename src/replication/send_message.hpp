// A message that a machine of this room wants sent, and the bounds of a frame that it keeps to. A value.
#pragma once
#include <vector>

#include "domain/mesh_ids.hpp"
#include "proto/messages.hpp"

namespace edgemesh::replication {

struct send_message { node_key to; proto::message what; };

/// Bytes of raw records that one frame takes; the rest of frame_max is its head and the records' own.
inline constexpr std::size_t records_bytes_max = proto::frame_max - 4096;

/// Splits records over as few messages as the bounds allow, in order.
std::vector<proto::records> in_frames(std::vector<std::string> raw);
/// Splits keys over messages that ask for them.
std::vector<proto::want> in_wants(const std::vector<std::uint64_t>& keys);
/// Splits keys over announcements: lists from which nothing follows about keys that they do not name.
std::vector<proto::bucket_keys> in_announcements(const std::vector<proto::key_version>& keys);

}  // namespace edgemesh::replication
