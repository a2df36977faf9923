#include "settings/safety_notes.hpp"

namespace edgemesh::settings {
namespace {

using notes = std::vector<safety_note>;

void note_listener(notes& out, const char* key, const host_port& address, const listener_tls& tls, bool has_keys, const std::string& what) {
  const bool is_open = !is_loopback_host(address.host);
  std::string meaning = is_open ? "open to the network" : "this machine alone";
  meaning += tls.wants_certificates() ? "; TLS, and only clients with a certificate of client_ca" : tls.is_on() ? "; TLS" : is_open ? "; no TLS" : "";
  const bool is_kept = has_keys || tls.wants_certificates();
  if (is_open && !is_kept) meaning += ": everybody there may " + what;
  if (is_open && has_keys && !tls.is_on()) meaning += ": keys cross it in the clear";
  out.push_back({key, address.to_string(), std::move(meaning), is_open && !(is_kept && tls.is_on())});
}

void note_listeners(notes& out, const node_settings& s) {
  if (s.auth.mode == auth_mode::keys) out.push_back({"auth.mode", "keys", "every request for a model, and the admin port, need a key"});
  else out.push_back({"auth.mode", "none", "no keys: whoever reaches a listener may use it", s.auth.allow_open});
  const auto& at = s.listen;
  const bool has_keys = s.auth.mode == auth_mode::keys;
  note_listener(out, "listen.api", at.api, at.tls.api, has_keys, "send requests");
  note_listener(out, "listen.admin", at.admin, at.tls.admin, has_keys, "drain backends and cancel sessions");
  if (at.metrics) note_listener(out, "listen.metrics", *at.metrics, at.tls.metrics, false, "read metrics");  // which asks for no key
  std::string origins;
  for (const auto& o : s.cors_origins) origins += (origins.empty() ? "" : ", ") + o;
  const bool any = origins.find('*') != std::string::npos;
  out.push_back({"cors.origins", origins.empty() ? "none" : origins,
                 origins.empty() ? "browser pages of other origins are refused" : "pages of these origins may use the API", any});
}

void note_discovery(notes& out, const node_settings& s) {
  if (!s.discovery_local)
    out.push_back({"discovery.local", "false", "only configured backends are used"});
  else
    out.push_back({"discovery.local", "true",
                   "what answers on this machine's well-known ports is used, for data up to \"" +
                       std::string(s.data_classes.name_of(s.in_mesh ? s.data_classes.lowest() : s.data_classes.highest())) +
                       "\", without media URLs"});
}

void note_peers_listener(notes& out, const char* key, const host_port& address) {
  out.push_back({key, address.to_string(),
                 is_loopback_host(address.host) ? "this machine alone: nodes elsewhere cannot dial it"
                                                : "open to the network: TLS, and only keys that are members of the mesh"});
}

void note_mesh(notes& out, const node_settings& s) {
  if (!s.in_mesh) {
    out.push_back({"mesh", "no", "data_dir holds no identity: no listener for peers is opened"});
    return;
  }
  out.push_back({"mesh", "yes", "data_dir holds this node's identity: members of its mesh are served"});
  note_peers_listener(out, "listen.mesh", s.listen.mesh);
  note_peers_listener(out, "listen.peer", s.listen.peer);
  const auto dialled = advertised_addresses(s, s.listen.mesh, s.listen.peer);
  out.push_back({"node.advertise", dialled.mesh.empty() ? "none" : dialled.mesh,
                 dialled.mesh.empty()  ? "nobody can dial this node: it dials others and lends them its connections"
                 : s.node.advertise ? "other nodes dial this; tried when it joins"
                                    : "default: the address of listen.mesh"});
}

std::string_view who_uses(backend_offer offer) {
  switch (offer) {
    case backend_offer::mesh: return "every node of the mesh may use it";
    case backend_offer::site: return "nodes of this node's site may use it";
    case backend_offer::node: return "only this node uses it";
  }
  return "";
}

std::string why_class(const node_settings& s, const backend_settings& b) {
  if (b.data_class) return "configured";
  if (s.in_mesh) return "default in a mesh";
  const auto ip = parse_ip(b.url.authority.host);
  if (!ip) return "default for a host name";
  if (ip->is_loopback()) return "default for a loopback address";
  return ip->is_private() ? "default for a private address" : "default for a public address";
}

safety_note media_note(const backend_settings& b) {
  const auto of = b.remote_media ? b.remote_media : default_remote_media(b.url);
  const std::string value = of ? (*of ? "true" : "false") : "by address";
  const std::string origin = b.remote_media ? "configured" : "default";
  const std::string effect = of ? (*of ? "it may be told to fetch media URLs" : "requests with media URLs do not go there")
                                : "media URLs go there only if the name resolves to public addresses";
  const bool inside = b.remote_media == true && default_remote_media(b.url) == false;
  return {"backends." + b.name + ".remote_media", value,
          origin + "; " + effect + (inside ? ", from inside your network" : ""), inside};
}

void note_backend(notes& out, const node_settings& s, const backend_settings& b) {
  const std::string key = "backends." + b.name;
  const std::string level(s.data_classes.name_of(data_class_of(s, b)));
  out.push_back({key + ".data_class", level, why_class(s, b) + "; requests above \"" + level + "\" never go there"});
  if (s.in_mesh) out.push_back({key + ".offer", std::string(name_of(b.offer)), std::string(who_uses(b.offer))});
  out.push_back(media_note(b));
  if (!b.api_key_command.empty())
    out.push_back({key + ".api_key_command", b.api_key_command.front(),
                   "its output is the key; run by the node at start and at each reload, and by doctor"});
  const auto ip = parse_ip(b.url.authority.host);
  const bool near = is_loopback_host(b.url.authority.host) || (ip && ip->is_private());
  if (!b.url.tls && !near)
    out.push_back({key + ".url", "http",
                   b.api_key.empty() && b.api_key_command.empty() ? "prompts cross the network in the clear" : "key and prompts cross the network in the clear", true});
  if (b.proxy) out.push_back({key + ".proxy", b.proxy->authority.to_string(), "connections go through this proxy"});
  for (const auto& field : b.allow_fields)
    out.push_back({key + ".allow_fields", field, "clients may set this engine field"});
}

}  // namespace

std::vector<safety_note> safety_notes(const node_settings& settings) {
  notes out;
  note_listeners(out, settings);
  std::string classes;
  for (const auto& name : settings.data_classes.names) classes += (classes.empty() ? "" : " < ") + name;
  out.push_back({"data_classes", classes, "lowest first; a request without a class has the lowest"});
  note_mesh(out, settings);
  note_discovery(out, settings);
  for (const auto& b : settings.backends) note_backend(out, settings, b);
  return out;
}

}  // namespace edgemesh::settings
