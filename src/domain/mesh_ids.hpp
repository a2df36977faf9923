// The names that the mesh is made of, as plain values: a node is its public key, a mesh is 128 random bits. Any thread.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace edgemesh {

/// A fixed number of bytes that prints as lower-case hex. The tag keeps keys, hashes and signatures apart.
template <class Tag, std::size_t Size>
struct byte_name {
  static constexpr std::size_t size = Size;
  std::array<std::uint8_t, Size> bytes{};

  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(bytes.data()), Size}; }
  static std::optional<byte_name> from_bytes(std::string_view raw) noexcept {
    if (raw.size() != Size) return std::nullopt;
    byte_name n;
    std::memcpy(n.bytes.data(), raw.data(), Size);
    return n;
  }
  std::string to_hex() const {
    std::string out;
    out.reserve(Size * 2);
    for (const auto b : bytes) {
      out += "0123456789abcdef"[b >> 4];
      out += "0123456789abcdef"[b & 15];
    }
    return out;
  }
  static std::optional<byte_name> from_hex(std::string_view text) noexcept {
    if (text.size() != Size * 2) return std::nullopt;
    byte_name n;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (v < 0) return std::nullopt;
      n.bytes[i / 2] = static_cast<std::uint8_t>((n.bytes[i / 2] << 4) | v);
    }
    return n;
  }
  /// The first eight hex digits: for logs and tables, never for comparing.
  std::string brief() const { return to_hex().substr(0, 8); }
  bool is_zero() const noexcept { return *this == byte_name{}; }
  friend auto operator<=>(const byte_name&, const byte_name&) = default;
};

using node_key = byte_name<struct node_key_tag, 32>;          ///< Ed25519 public key (RFC 8032): what a node is called in the mesh
using node_signature = byte_name<struct signature_tag, 64>;   ///< Ed25519 signature
using content_hash = byte_name<struct content_hash_tag, 32>;  ///< SHA-256
using mesh_id = byte_name<struct mesh_id_tag, 16>;            ///< random, made by `mesh init`

/// What a member may do besides serving: `full` admits, evicts and writes policy, `edge` does not.
enum class node_role : std::uint8_t { edge = 0, full = 1 };
constexpr std::string_view name_of(node_role r) noexcept { return r == node_role::full ? "full" : "edge"; }
constexpr std::optional<node_role> node_role_from(std::string_view name) noexcept {
  if (name == "full") return node_role::full;
  if (name == "edge") return node_role::edge;
  return std::nullopt;
}

/// Who may use a backend of a node in a mesh.
enum class backend_offer : std::uint8_t { node = 0, site = 1, mesh = 2 };
constexpr std::string_view name_of(backend_offer o) noexcept {
  return o == backend_offer::mesh ? "mesh" : o == backend_offer::site ? "site" : "node";
}
constexpr std::optional<backend_offer> backend_offer_from(std::string_view name) noexcept {
  for (auto o : {backend_offer::node, backend_offer::site, backend_offer::mesh})
    if (name_of(o) == name) return o;
  return std::nullopt;
}

}  // namespace edgemesh

template <class Tag, std::size_t Size>
struct std::hash<edgemesh::byte_name<Tag, Size>> {
  std::size_t operator()(const edgemesh::byte_name<Tag, Size>& n) const noexcept {
    return std::hash<std::string_view>{}(n.view());
  }
};
