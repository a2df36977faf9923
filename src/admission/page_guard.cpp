#include "admission/page_guard.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "domain/network_address.hpp"

namespace edgemesh::admission {
namespace {

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return false;
  unsigned value = 0;
  for (char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value <= 65535;
}

struct host_name {
  std::string_view text;  ///< without port and brackets
  bool bracketed = false;
};

/// The host part of a Host header; nullopt when it is not `host` or `host:port`.
std::optional<host_name> split(std::string_view header) noexcept {
  if (header.starts_with('[')) {
    const auto end = header.find(']');
    if (end == header.npos) return std::nullopt;
    const auto rest = header.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    return host_name{header.substr(1, end - 1), true};
  }
  const auto colon = header.find(':');
  if (colon != header.npos && !is_port(header.substr(colon + 1))) return std::nullopt;
  auto name = header.substr(0, colon);
  if (name.ends_with('.')) name.remove_suffix(1);  // "localhost." is the same name
  if (name.empty()) return std::nullopt;
  return host_name{name, false};
}

}  // namespace

bool page_guard::host_allowed(std::string_view host) const noexcept {
  if (options_.any_host) return true;
  const auto given = split(host);
  if (!given) return false;
  if (const auto ip = parse_ip(given->text)) {
    const bool is_v6_text = given->text.find(':') != std::string_view::npos;
    if (given->bracketed != is_v6_text) return false;
    return ip->is_loopback() || std::any_of(options_.names.begin(), options_.names.end(),
                                            [&](const std::string& name) { return parse_ip(name) == ip; });
  }
  if (given->bracketed) return false;
  constexpr std::string_view local = "localhost", local_suffix = ".localhost";
  if (ascii::iequals(given->text, local)) return true;
  if (given->text.size() > local_suffix.size() &&
      ascii::iequals(given->text.substr(given->text.size() - local_suffix.size()), local_suffix))
    return true;
  return std::any_of(options_.names.begin(), options_.names.end(),
                     [&](const std::string& name) { return ascii::iequals(name, given->text); });
}

bool page_guard::origin_allowed(std::string_view origin) const noexcept {
  return origin.empty() || is_cors_origin(origin);
}

bool page_guard::is_cors_origin(std::string_view origin) const noexcept {
  if (origin.empty()) return false;
  return std::any_of(options_.cors_origins.begin(), options_.cors_origins.end(), [&](const std::string& allowed) {
    return allowed == "*" || ascii::iequals(allowed, origin);
  });
}

}  // namespace edgemesh::admission
