// BASP messages as CAF 0.17.6 writes them, byte by byte, for tests of what passes a link.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/mesh_ids.hpp"

namespace edgemesh::testing {

inline std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int at = bytes - 1; at >= 0; --at) text += static_cast<char>(value >> (8 * at));
  return text;
}
/// Seven bits a byte, lowest first.
inline std::string short_size(std::size_t n) {
  std::string text;
  for (; n >= 0x80; n >>= 7) text += static_cast<char>((n & 0x7f) | 0x80);
  return text + static_cast<char>(n);
}

struct basp_message {
  int operation = 0;
  int flags = 0;
  std::uint64_t data = 0, source = 0, target = 0;
  std::string payload;
  std::string bytes() const { return bytes(payload.size()); }
  /// With a length that is not the payload's.
  std::string bytes(std::size_t announced) const {
    std::string text(1, static_cast<char>(operation));
    text += std::string(2, '\0') + static_cast<char>(flags);
    return text + big_endian(announced, 4) + big_endian(data, 8) + big_endian(source, 8) + big_endian(target, 8) + payload;
  }
};

inline constexpr std::uint64_t asynchronous = 0x1000000000000000;

/// Class "default", pid, and a host that begins with the key's first 12 bytes.
inline std::string node_of(const node_key& key, std::uint32_t pid = 7) {
  return std::string("\0\0\x3e\x9a\xab\x9b\xac\x79", 8) + big_endian(pid, 4) + std::string(key.view().substr(0, 12)) + "randomly";
}
inline std::string with_context(std::string context) { return big_endian(4, 1) + big_endian(0x0fabdbb9, 8) + std::move(context); }

inline basp_message server_handshake(const node_key& who, std::uint64_t actor) {
  return {0, 0, 3, 0, 0, node_of(who) + short_size(1) + short_size(15) + "generic-caf-app" + big_endian(actor, 8) + '\0'};
}
inline basp_message client_handshake(const node_key& who, int flags = 0) { return {1, flags, 0, 0, 0, node_of(who)}; }
inline basp_message frame_message(std::uint64_t source, std::uint64_t target, const std::string& frame) {
  return {2, 0, asynchronous, source, target,
          std::string("\0\0\0\x0e@<>+@atom+@str\0\0\0\x03\xeb\xde\x6c\xaa", 26) + short_size(frame.size()) + frame};
}
/// What a broker asks each node that it meets.
inline basp_message spawn_server_question(std::uint64_t source) {
  return {2, 1, asynchronous, source, 0x03ddd66f3376adfb,
          std::string("\0\0\0\x14@<>+@atom+@atom+@str", 24) + big_endian(0x3f8fb8, 8) + big_endian(0x3ecab9, 8) + "\x04info"};
}
inline basp_message monitor_message(const node_key& from, const node_key& to, std::uint64_t target) {
  return {4, 0, 0, 0, target, node_of(from) + node_of(to)};
}
inline basp_message down_message(const node_key& from, const node_key& to, std::uint64_t source) {
  return {5, 0, 0, source, 0, node_of(from) + node_of(to) + with_context(std::string("\0\0\x03@<>", 6))};
}
inline basp_message heartbeat() { return {6, 0, 0, 0, 0, ""}; }

}  // namespace edgemesh::testing
