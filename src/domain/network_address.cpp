#include "domain/network_address.hpp"

#include <algorithm>
#include <cstdio>

#include "base/ascii.hpp"

namespace edgemesh {
namespace {

constexpr std::size_t name_length_max = 253, label_length_max = 63, url_length_max = 2048;

using octets = std::array<std::uint8_t, 4>;
using groups = std::array<std::uint16_t, 8>;

/// A decimal number without sign; nullopt above `max` or with more than `digits_max` digits.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max, std::size_t digits_max) noexcept {
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > max) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

std::optional<octets> parse_v4(std::string_view text) noexcept {
  octets out{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = text.find('.');
    if ((dot == text.npos) != (i == 3)) return std::nullopt;
    const auto part = text.substr(0, dot);
    if (part.size() > 1 && part.front() == '0') return std::nullopt;  // octal to some, decimal to others
    const auto value = parse_number(part, 255, 3);
    if (!value) return std::nullopt;
    out[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(dot == text.npos ? text.size() : dot + 1);
  }
  return out;
}

std::optional<std::uint16_t> parse_group(std::string_view text) noexcept {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (char c : text) {
    const char l = ascii::lower(c);
    if (!ascii::is_digit(l) && (l < 'a' || l > 'f')) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(ascii::is_digit(l) ? l - '0' : l - 'a' + 10);
  }
  return static_cast<std::uint16_t>(value);
}

/// Groups between single colons; the last one may be an IPv4 literal (two groups). Returns how many were read.
std::optional<std::size_t> parse_groups(std::string_view text, bool v4_at_end, groups& out) noexcept {
  std::size_t n = 0;
  if (text.empty()) return n;
  for (;;) {
    const auto colon = text.find(':');
    const auto part = text.substr(0, colon);
    if (colon == text.npos && v4_at_end && part.find('.') != part.npos) {
      const auto v4 = parse_v4(part);
      if (!v4 || n + 2 > out.size()) return std::nullopt;
      out[n++] = static_cast<std::uint16_t>((*v4)[0] << 8 | (*v4)[1]);
      out[n++] = static_cast<std::uint16_t>((*v4)[2] << 8 | (*v4)[3]);
      return n;
    }
    const auto group = parse_group(part);
    if (!group || n == out.size()) return std::nullopt;
    out[n++] = *group;
    if (colon == text.npos) return n;
    text.remove_prefix(colon + 1);
  }
}

std::optional<groups> parse_v6(std::string_view text) noexcept {
  const auto gap = text.find("::");
  groups head{}, tail{};
  if (gap == text.npos) {
    const auto n = parse_groups(text, true, head);
    return n && *n == 8 ? std::optional(head) : std::nullopt;
  }
  const auto before = parse_groups(text.substr(0, gap), false, head);
  const auto after = parse_groups(text.substr(gap + 2), true, tail);
  if (!before || !after || *before + *after > 7) return std::nullopt;  // "::" stands for at least one group
  std::copy_n(tail.begin(), *after, head.begin() + static_cast<std::ptrdiff_t>(8 - *after));
  return head;
}

bool has_mapped_prefix(const std::array<std::uint8_t, 16>& b) noexcept {
  return std::all_of(b.begin(), b.begin() + 10, [](auto x) { return x == 0; }) && b[10] == 0xff && b[11] == 0xff;
}

bool is_v4_form(const ip_address& a) noexcept { return a.is_v4 || has_mapped_prefix(a.bytes); }

/// RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) becomes "::".
std::string v6_text(const std::array<std::uint8_t, 16>& b) {
  groups g{};
  for (std::size_t i = 0; i < 8; ++i) g[i] = static_cast<std::uint16_t>(b[2 * i] << 8 | b[2 * i + 1]);
  std::size_t gap = 8, gap_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t n = 0;
    while (i + n < 8 && g[i + n] == 0) ++n;
    if (n > gap_length) gap = i, gap_length = n;
  }
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      out += "::";
      i += gap_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    char hex[8];
    std::snprintf(hex, sizeof hex, "%x", static_cast<unsigned>(g[i]));
    out += hex;
  }
  return out;
}

/// A last label that some resolvers take for a number ("127.1", "0x7f.1") makes the whole a malformed address.
bool ends_in_number(std::string_view name) noexcept {
  const auto label = name.substr(name.rfind('.') + 1);
  const bool digits = std::all_of(label.begin(), label.end(), ascii::is_digit);
  return digits || (label.size() > 1 && label[0] == '0' && ascii::lower(label[1]) == 'x');
}

bool is_host_name(std::string_view name) noexcept {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (name.empty() || name.size() > name_length_max || ends_in_number(name)) return false;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > label_length_max || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_'; }))
      return false;
    if (label.size() == name.size()) return true;
    name.remove_prefix(label.size() + 1);
  }
  return false;  // a dot at the end was cut above: here two stood together
}

/// Name or IPv4 literal as it stands, or a bracketed IPv6 literal; lower-case. nullopt when malformed.
std::optional<std::string> parse_host(std::string_view text) {
  if (text.size() > 1 && text.front() == '[' && text.back() == ']') {
    const auto inside = text.substr(1, text.size() - 2);
    const auto ip = inside.find(':') == inside.npos ? std::nullopt : parse_ip(inside);
    if (!ip) return std::nullopt;
    return ip->to_string();
  }
  if (parse_v4(text) || is_host_name(text)) return ascii::lower(text);
  return std::nullopt;
}

bool needs_brackets(std::string_view host) noexcept { return host.find(':') != host.npos; }
std::string bracketed(std::string_view host) {
  return needs_brackets(host) ? std::string("[").append(host).append("]") : std::string(host);
}

bool is_path_char(char c) noexcept {
  return ascii::is_alnum(c) || std::string_view("/-._~%!$&'()*+,;=:").find(c) != std::string_view::npos;
}

std::uint16_t default_port(bool tls) noexcept { return tls ? 443 : 80; }

result<host_port> parse_authority(std::string_view text, bool tls) {
  const auto colon = text.rfind(':');
  const bool has_port = colon != text.npos && text.find(']', colon) == text.npos;
  if (has_port) {
    auto with_port = parse_host_port(text);
    if (with_port && with_port->port == 0) return error{"a backend's URL cannot have port 0"};
    return with_port;
  }
  auto host = parse_host(text);
  if (!host) return error{"expected a host name, an IPv4 address or an IPv6 address in brackets after the scheme"};
  return host_port{std::move(*host), default_port(tls)};
}

/// Without slashes at its end and without a final "/v1".
result<std::string> parse_base_path(std::string_view path) {
  if (!std::all_of(path.begin(), path.end(), is_path_char))
    return error{"the path of a backend's URL has a character that must be percent-encoded"};
  const auto strip = [&] {
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  };
  strip();
  if (path == "/v1" || path.ends_with("/v1")) path.remove_suffix(3);
  strip();
  return std::string(path);
}

}  // namespace

bool ip_address::is_loopback() const noexcept {
  if (is_v4_form(*this)) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) && bytes[15] == 1;
}

bool ip_address::is_private() const noexcept {
  if (is_v4_form(*this)) {
    const auto a = bytes[12], b = bytes[13];
    return a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) || (a == 169 && b == 254);
  }
  return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

std::string ip_address::to_string() const {
  if (is_v4_form(*this)) {
    char text[16];
    std::snprintf(text, sizeof text, "%d.%d.%d.%d", bytes[12], bytes[13], bytes[14], bytes[15]);
    return text;
  }
  auto out = v6_text(bytes);
  if (scope != 0) out.append("%").append(std::to_string(scope));
  return out;
}

std::optional<ip_address> parse_ip(std::string_view text) noexcept {
  ip_address out;
  if (const auto v4 = parse_v4(text)) {
    out.is_v4 = true;
    out.bytes[10] = out.bytes[11] = 0xff;
    std::copy(v4->begin(), v4->end(), out.bytes.begin() + 12);
    return out;
  }
  if (const auto percent = text.find('%'); percent != text.npos) {
    const auto zone = parse_number(text.substr(percent + 1), 0xffffffffu, 10);
    if (!zone || *zone == 0) return std::nullopt;
    out.scope = *zone;
    text = text.substr(0, percent);
  }
  const auto v6 = parse_v6(text);
  if (!v6) return std::nullopt;
  for (std::size_t i = 0; i < 8; ++i) {
    out.bytes[2 * i] = static_cast<std::uint8_t>((*v6)[i] >> 8);
    out.bytes[2 * i + 1] = static_cast<std::uint8_t>((*v6)[i] & 255);
  }
  out.is_v4 = has_mapped_prefix(out.bytes);
  if (out.is_v4 && out.scope != 0) return std::nullopt;
  return out;
}

std::string ip_endpoint::to_string() const { return host_port{address.to_string(), port}.to_string(); }

std::string host_port::to_string() const { return bracketed(host).append(":").append(std::to_string(port)); }

result<host_port> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || text.size() > name_length_max + 8)
    return error{"expected HOST:PORT, for example 127.0.0.1:8780 or [::1]:8780"};
  const auto host_text = text.substr(0, colon);
  if (host_text.find(':') != host_text.npos && host_text.front() != '[')
    return error{"an IPv6 address stands in brackets, for example [::1]:8780"};
  auto host = parse_host(host_text);
  if (!host) return error{"expected a host name, an IPv4 address or an IPv6 address in brackets before the port"};
  const auto port = parse_number(text.substr(colon + 1), 65535, 5);
  if (!port) return error{"the port is a number from 0 to 65535"};
  return host_port{std::move(*host), static_cast<std::uint16_t>(*port)};
}

std::string backend_url::to_string() const {
  const bool usual = authority.port == default_port(tls);
  return (tls ? "https://" : "http://") + (usual ? bracketed(authority.host) : authority.to_string()) + base_path;
}

std::string backend_url::host_header() const {
  // A zone means something on this machine only: it stays here (RFC 6874).
  const auto host = bracketed(std::string_view(authority.host).substr(0, authority.host.find('%')));
  return authority.port == default_port(tls) ? host : host + ":" + std::to_string(authority.port);
}

// Messages never repeat the text: a URL may carry a password.
result<backend_url> parse_backend_url(std::string_view text) {
  backend_url out;
  if (text.size() > url_length_max) return error{"a backend's URL has at most 2048 characters"};
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end == text.npos ? 0 : scheme_end);
  out.tls = ascii::iequals(scheme, "https");
  if (!out.tls && !ascii::iequals(scheme, "http"))
    return error{"expected a URL that begins with http:// or https://, for example http://127.0.0.1:11434"};
  text.remove_prefix(scheme_end + 3);
  if (text.find_first_of("?#") != text.npos)
    return error{"a backend's URL has no '?' and no '#'; use the key 'query' for query parameters"};
  const auto slash = std::min(text.find('/'), text.size());
  if (text.substr(0, slash).find('@') != text.npos)
    return error{"a backend's URL carries no user name or password; use 'api_key' or 'headers'"};
  auto authority = parse_authority(text.substr(0, slash), out.tls);
  if (!authority) return authority.error();
  auto path = parse_base_path(text.substr(slash));
  if (!path) return path.error();
  out.authority = std::move(*authority);
  out.base_path = std::move(*path);
  return out;
}

}  // namespace edgemesh
