#include "settings/proxy_choice.hpp"

#include "base/ascii.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::settings {
namespace {

std::optional<std::string> first_set(const environment& env, std::string_view name) {
  for (const auto& spelling : {ascii::lower(name), std::string(name)})
    if (auto value = env(spelling); value && !value->empty()) return value;
  return std::nullopt;
}

bool in_network(std::string_view cidr, const ip_address& address) {
  const auto slash = cidr.find('/');
  if (slash == std::string_view::npos) return false;
  const auto network = parse_ip(cidr.substr(0, slash));
  auto bits = parse_integer(cidr.substr(slash + 1));
  if (!network || !bits || network->is_v4 != address.is_v4 || *bits < 0 || *bits > (network->is_v4 ? 32 : 128)) return false;
  if (network->is_v4) *bits += 96;  // IPv4 stands in the last four bytes
  for (std::int64_t i = 0; i < *bits; ++i) {
    const auto at = static_cast<std::size_t>(i / 8);
    const int mask = 0x80 >> (i % 8);
    if ((network->bytes[at] & mask) != (address.bytes[at] & mask)) return false;
  }
  return true;
}

bool covers_name(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || host.size() < entry.size() || !ascii::iequals(host.substr(host.size() - entry.size()), entry))
    return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

bool covers(std::string_view entry, const host_port& authority, const std::optional<ip_address>& address) {
  if (entry == "*") return true;
  if (address && in_network(entry, *address)) return true;
  std::string host(entry);
  const bool bare_ipv6 = parse_ip(entry).has_value();
  if (!bare_ipv6 && has_explicit_port(entry)) {
    const auto colon = entry.rfind(':');
    if (parse_integer(entry.substr(colon + 1)) != authority.port) return false;
    host = std::string(entry.substr(0, colon));
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (address) return parse_ip(host) == address;
  return covers_name(host, authority.host);
}

}  // namespace

bool no_proxy_covers(std::string_view list, const host_port& authority) {
  const auto address = parse_ip(authority.host);
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto entry = ascii::trim(list.substr(0, comma));
    if (!entry.empty() && covers(entry, authority, address)) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

result<std::optional<proxy_settings>> proxy_from_environment(const backend_url& url, const environment& env) {
  const std::optional<proxy_settings> direct;
  if (is_loopback_host(url.authority.host)) return direct;
  const std::string_view variable = url.tls ? "HTTPS_PROXY" : "HTTP_PROXY";
  const auto value = first_set(env, variable);
  if (!value) return direct;
  if (const auto list = first_set(env, "NO_PROXY"); list && no_proxy_covers(*list, url.authority)) return direct;
  auto parsed = parse_proxy(*value);
  if (!parsed) return error{"the environment variable " + std::string(variable) + " is no usable proxy: " + parsed.error().message};
  return std::optional<proxy_settings>(std::move(*parsed));
}

}  // namespace edgemesh::settings
