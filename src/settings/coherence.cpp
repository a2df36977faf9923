#include <algorithm>
#include <map>

#include "settings/draft.hpp"

namespace edgemesh::settings {
namespace {

bool is_wildcard(const std::string& host) {
  const auto ip = parse_ip(host);
  return ip && std::all_of(ip->bytes.begin(), ip->bytes.begin() + 10, [](auto b) { return b == 0; }) &&
         std::all_of(ip->bytes.begin() + 12, ip->bytes.end(), [](auto b) { return b == 0; });
}
bool same_socket(const host_port& a, const host_port& b) {
  if (a.port != b.port || a.port == 0) return false;  // port 0: the system gives each its own
  return a.host == b.host || is_wildcard(a.host) || is_wildcard(b.host);
}

/// The listeners for peers; their defaults count only where they will be opened.
void check_mesh_listeners(const draft& all, reading& context) {
  const auto& listen = all.settings.listen;
  if (!all.has_mesh_listeners && !all.settings.in_mesh) return;
  const auto compare = [&](const host_port& own, const place& where) {
    const std::pair<const char*, const host_port*> others[] = {
        {"listen.api", &listen.api}, {"listen.admin", &listen.admin}, {"listen.metrics", listen.metrics ? &*listen.metrics : nullptr}};
    for (const auto& [name, other] : others)
      if (other != nullptr && same_socket(own, *other))
        context.faults.add(where, std::string("is the same address as ") + name + "; each listener needs its own");
  };
  compare(listen.mesh, all.mesh);
  if (listen.peer == listen.mesh) return;
  compare(listen.peer, all.peer);
  if (same_socket(listen.peer, listen.mesh))
    context.faults.add(all.peer, "overlaps with listen.mesh: write exactly the same address to share it, or take another port");
}

/// A node that listens everywhere cannot know by which of its addresses others reach it, and guessing is what goes wrong most.
void check_advertise(const draft& all, reading& context) {
  const auto& s = all.settings;
  if (!all.has_mesh_listeners || s.node.advertise || s.node.is_undialled) return;
  for (const auto& [address, where] : {std::pair(&s.listen.mesh, &all.mesh), std::pair(&s.listen.peer, &all.peer)})
    if (is_wildcard(address->host))
      return context.faults.add(*where, "is every address of this machine: set node.advertise to the H:P that other nodes dial, or to none "
                                        "if nobody can");
}

/// Who listens to a network says so, or has TLS and somebody to keep out: keys, or certificates of clients.
void check_open(const node_settings& s, const host_port& address, const listener_tls& tls, const place& where, reading& context) {
  if (is_loopback_host(address.host)) return;
  const std::string open = address.to_string() + " is open to the network";
  if (s.auth.mode == auth_mode::keys) {
    if (s.listen.allow_plain || tls.is_on()) return;
    context.faults.add(where, open + " and keys would cross it in the clear; give it a certificate (listen.tls), listen on 127.0.0.1 behind a "
                                     "proxy that speaks TLS, or set listen.allow_plain: true if the network is trusted");
  } else if (!s.auth.allow_open && !tls.wants_certificates()) {
    context.faults.add(where, open + " and auth.mode is none; listen on 127.0.0.1, ask clients for certificates (listen.tls with client_ca), or "
                                     "set auth.allow_open: true if everybody who reaches it may use it");
  }
}

void check_listeners(const draft& all, reading& context) {
  const auto& listen = all.settings.listen;
  const auto clash = [&](const place& where, const char* other) {
    context.faults.add(where, std::string("is the same address as ") + other + "; each listener needs its own");
  };
  if (same_socket(listen.api, listen.admin)) clash(all.admin, "listen.api");
  if (listen.metrics && same_socket(*listen.metrics, listen.api)) clash(all.metrics, "listen.api");
  if (listen.metrics && same_socket(*listen.metrics, listen.admin)) clash(all.metrics, "listen.admin");

  check_mesh_listeners(all, context);

  check_open(all.settings, listen.api, listen.tls.api, all.api, context);
  check_open(all.settings, listen.admin, listen.tls.admin, all.admin, context);
  if (listen.metrics) check_open(all.settings, *listen.metrics, listen.tls.metrics, all.metrics, context);
}

std::string text_of(const place& p) {
  return p.at.line > 0 ? "line " + std::to_string(p.at.line) : "the command line";
}

void check_backends(const draft& all, reading& context) {
  std::map<std::string, std::size_t> names, authorities, ids;
  for (std::size_t i = 0; i < all.settings.backends.size(); ++i) {
    for (const auto& slot : slots_of(all.settings.backends[i])) {
      const auto [name, name_is_new] = names.emplace(slot.name, i);
      if (!name_is_new && name->second != i)
        context.faults.add(all.backends[i], "the name \"" + slot.name + "\" is taken by the backend of " +
                                                text_of(all.backends[name->second]) + "; give each its own name");
      if (!slot.id.empty()) {
        const auto [id, id_is_new] = ids.emplace(slot.id, i);
        if (!id_is_new && id->second != i)
          context.faults.add(all.backends[i], "the id \"" + slot.id + "\" is that of the backend of " + text_of(all.backends[id->second]) +
                                                  ": on one node each physical backend stands once");
      }
      if (slot.url.authority.host.empty()) continue;
      auto authority = slot.url.authority;
      if (authority.host == "localhost") authority.host = "127.0.0.1";
      const auto [at, is_new] = authorities.emplace(authority.to_string(), i);
      if (!is_new && at->second != i)
        context.faults.add(all.backends[i], authority.to_string() + " is the backend of " + text_of(all.backends[at->second]) +
                                                " already; each address and port is one backend");
    }
  }
}

}  // namespace

void check_coherence(const draft& all, reading& context) {
  check_listeners(all, context);
  check_advertise(all, context);
  check_backends(all, context);
}

}  // namespace edgemesh::settings
