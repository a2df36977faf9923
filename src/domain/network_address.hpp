// Addresses as plain values, free of any socket library: H:P, IP literals, backend URLs.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace edgemesh {

/// An IP address. IPv4 is kept in the last four bytes (IPv4-mapped form), so equal addresses compare equal.
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;
  std::uint32_t scope = 0;  ///< zone of a link-local IPv6 address

  bool is_loopback() const noexcept;  ///< 127/8, ::1 (also IPv4-mapped)
  bool is_private() const noexcept;   ///< RFC 1918, fc00::/7, link-local; not loopback
  std::string to_string() const;
  friend auto operator<=>(const ip_address&, const ip_address&) = default;
};
/// A literal without brackets, strictly: four decimal octets or RFC 4291 text (optional %zone number). No octal, no short forms.
std::optional<ip_address> parse_ip(std::string_view text) noexcept;

struct ip_endpoint {
  ip_address address;
  std::uint16_t port = 0;
  std::string to_string() const;  ///< "127.0.0.1:80", "[::1]:80"
  friend auto operator<=>(const ip_endpoint&, const ip_endpoint&) = default;
};

/// H:P where H is a name, an IPv4 literal, or an IPv6 literal in brackets.
struct host_port {
  std::string host;  ///< lower-case, IPv6 without brackets
  std::uint16_t port = 0;
  std::string to_string() const;  ///< brackets where needed
  friend bool operator==(const host_port&, const host_port&) = default;
};
/// Port 0 is allowed (the system chooses). Errors say what was expected.
result<host_port> parse_host_port(std::string_view text);

/// http(s)://host[:port][/base/path]; no user info, no query, no fragment.
struct backend_url {
  bool tls = false;
  host_port authority;     ///< default ports filled in (80, 443)
  std::string base_path;   ///< "" or "/x/y", never ending in '/'; a final "/v1" is cut off, dialects add it
  std::string to_string() const;
  std::string host_header() const;  ///< authority without a default port
  friend bool operator==(const backend_url&, const backend_url&) = default;
};
result<backend_url> parse_backend_url(std::string_view text);

}  // namespace edgemesh
