#include "settings/backend_settings.hpp"

#include <tuple>

#include "base/ascii.hpp"

namespace edgemesh::settings {
namespace {

auto timeouts_tied(const resilience::timeout_options& t) {
  return std::tie(t.connect, t.first_event, t.idle, t.total, t.head, t.keep_alive);
}

}  // namespace

bool operator==(const backend_settings& a, const backend_settings& b) {
  const auto tied = [](const backend_settings& s) {
    return std::tie(s.name, s.kind, s.url, s.all_slots, s.data_class, s.api_key, s.ca_file, s.client_cert, s.client_key,
                    s.files_digest, s.server_name, s.proxy, s.headers, s.query, s.remote_media, s.allow_fields, s.models,
                    s.rename, s.prices, s.concurrency, s.priority, s.id, s.offer);
  };
  return tied(a) == tied(b) && timeouts_tied(a.timeouts) == timeouts_tied(b.timeouts);
}

std::vector<backend_settings> slots_of(const backend_settings& backend) {
  if (!backend.all_slots) return {backend};
  std::vector<backend_settings> out;
  for (std::uint16_t port = 8771; port <= 8775; ++port) {
    auto slot = backend;
    slot.all_slots = false;
    slot.url.authority.port = port;
    slot.name += "-" + std::to_string(port);
    if (!slot.id.empty()) slot.id += "-" + std::to_string(port);
    out.push_back(std::move(slot));
  }
  return out;
}

std::string default_name_of(const backend_settings& backend) {
  const std::string kind(name_of(backend.kind));
  return backend.all_slots ? kind : kind + "-" + std::to_string(backend.url.authority.port);
}

bool is_loopback_host(std::string_view host) {
  if (const auto ip = parse_ip(host)) return ip->is_loopback();
  constexpr std::string_view suffix = ".localhost";
  return ascii::iequals(host, "localhost") ||
         (host.size() > suffix.size() && ascii::iequals(host.substr(host.size() - suffix.size()), suffix));
}

std::optional<bool> default_remote_media(const backend_url& url) {
  if (const auto ip = parse_ip(url.authority.host)) return !ip->is_loopback() && !ip->is_private();
  if (is_loopback_host(url.authority.host)) return false;
  return std::nullopt;
}

}  // namespace edgemesh::settings
