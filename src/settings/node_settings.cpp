#include "settings/node_settings.hpp"

#include <algorithm>
#include <thread>

#include "net/server_tls.hpp"

namespace edgemesh::settings {
namespace {

bool is_unspecified(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

admission::page_guard_options guard_of(const node_settings& s, const host_port& address) {
  admission::page_guard_options out;
  if (!s.node.public_url.empty())
    if (const auto url = parse_backend_url(s.node.public_url)) out.names.push_back(url->authority.host);
  for (const auto* listener_address : {&s.listen.api, &s.listen.admin})
    if (!is_unspecified(listener_address->host)) out.names.push_back(listener_address->host);
  out.cors_origins = s.cors_origins;
  // With keys no page can do anything: the browser has none.
  out.any_host = s.auth.mode == auth_mode::keys || (s.auth.allow_open && is_unspecified(address.host) && s.node.public_url.empty());
  return out;
}

}  // namespace

class_level data_class_of(const node_settings& settings, const backend_settings& backend) {
  const auto& classes = settings.data_classes;
  if (backend.data_class) return classes.find(*backend.data_class).value_or(classes.lowest());
  if (settings.in_mesh) return classes.lowest();  // others send here: only what was said counts
  const auto ip = parse_ip(backend.url.authority.host);
  return ip && (ip->is_loopback() || ip->is_private()) ? classes.highest() : classes.lowest();
}

std::filesystem::path identity_file_of(const node_settings& settings) { return settings.data_dir / "identity.key"; }
std::filesystem::path store_folder_of(const node_settings& settings) { return settings.data_dir / "store"; }

int shard_count_of(const node_settings& s) {
  return s.threads > 0 ? s.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::string problem_of(const listener_tls& tls) {
  if (!tls.is_on()) return "";
  const auto made = net::server_tls::make({tls.cert.string(), tls.key.string(), tls.client_ca.string()});
  return made ? "" : made.error().message;
}

advertised advertised_addresses(const node_settings& settings, const host_port& mesh, const host_port& peer) {
  if (settings.node.is_undialled) return {};
  const auto& given = settings.node.advertise;
  if (!given) return {mesh.to_string(), peer.to_string()};
  return {given->to_string(), host_port{given->host, mesh == peer ? given->port : peer.port}.to_string()};
}

http::gateway_options gateway_options_of(const node_settings& settings, std::string instance, listener which) {
  http::gateway_options out;
  out.node_name = settings.node.name;
  out.node_instance = std::move(instance);
  out.head_bytes_max = settings.limits.head;
  out.headers_max = settings.limits.headers;
  out.body_bytes_max = settings.limits.body;
  out.json_depth_max = settings.limits.json_depth;
  out.connections_max = settings.limits.connections;
  out.commit_patience = settings.commit_patience;
  out.timeouts = settings.timeouts;
  out.guard = admission::page_guard(
      guard_of(settings, which == listener::api ? settings.listen.api : settings.listen.admin));
  return out;
}

}  // namespace edgemesh::settings
