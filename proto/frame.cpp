#include "proto/frame.hpp"

#include <stdexcept>

#include "proto/big_endian.hpp"

namespace edgemesh::proto {
namespace {

constexpr std::string_view magic = "EMSH";
// Offsets of the head's fields; the payload follows.
constexpr std::size_t version_at = 4, kind_at = 5, mesh_at = 6, length_at = 22, checksum_at = 26;
static_assert(mesh_at + mesh_id::size == length_at && checksum_at + 4 == frame_head_size);

std::uint32_t checksum_of(std::string_view head, std::string_view payload) noexcept {
  return crc32c(payload, crc32c(head.substr(0, checksum_at)));
}

}  // namespace

std::string_view name_of(frame_fault f) noexcept {
  switch (f) {
    case frame_fault::too_short: return "too_short";
    case frame_fault::bad_magic: return "bad_magic";
    case frame_fault::bad_version: return "bad_version";
    case frame_fault::other_mesh: return "other_mesh";
    case frame_fault::bad_length: return "bad_length";
    case frame_fault::bad_checksum: return "bad_checksum";
  }
  return "?";
}

void throw_exception_from_error(frame_fault f, const boost::source_location&) {
  throw std::logic_error("unchecked frame: " + std::string(name_of(f)));
}

std::string seal_frame(std::uint8_t version, message_kind kind, const mesh_id& mesh, std::string_view payload) {
  std::string out;
  if (payload.size() > payload_max) return out;
  out.reserve(frame_head_size + payload.size());
  out += magic;
  out += static_cast<char>(version);
  out += static_cast<char>(kind);
  out += mesh.view();
  append_big_endian(out, static_cast<std::uint32_t>(payload.size()));
  append_big_endian(out, checksum_of(out, payload));
  out += payload;
  return out;
}

boost::system::result<frame_view, frame_fault> open_frame(std::string_view bytes, const mesh_id& mesh) noexcept {
  if (bytes.size() < frame_head_size) return frame_fault::too_short;
  if (bytes.size() > frame_max) return frame_fault::bad_length;
  if (bytes.substr(0, magic.size()) != magic) return frame_fault::bad_magic;
  const auto version = static_cast<std::uint8_t>(bytes[version_at]);
  if (version < version_min || version > version_max) return frame_fault::bad_version;
  if (bytes.substr(mesh_at, mesh_id::size) != mesh.view()) return frame_fault::other_mesh;
  const auto payload = bytes.substr(frame_head_size);
  if (big_endian_at<std::uint32_t>(bytes, length_at) != payload.size()) return frame_fault::bad_length;
  if (big_endian_at<std::uint32_t>(bytes, checksum_at) != checksum_of(bytes, payload)) return frame_fault::bad_checksum;
  return frame_view{version, static_cast<message_kind>(bytes[kind_at]), payload};
}

}  // namespace edgemesh::proto
