#include "actors/mesh/mesh_admin.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/all.hpp>

#include "actors/admin/mesh_metrics.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"
#include "json/writer.hpp"
#include "net/secure_random.hpp"
#include "openai/api_error.hpp"
#include "settings/value_text.hpp"

namespace edgemesh::actors {

namespace {

http::admin_answer refusal(int status, std::string message, const char* code) {
  const openai::api_error e{status, std::move(message), "invalid_request_error", {}, code, {}, false};
  return {e.status, e.body()};
}

const replication::member* find(const mesh_picture& p, const node_key& key) {
  const auto at = std::find_if(p.mesh.members.begin(), p.mesh.members.end(), [&](const auto& m) { return m.key == key; });
  return at == p.mesh.members.end() ? nullptr : &*at;
}

/// Every member of the body has one of these names: what is not known is an error, not ignored.
bool has_only(json::value v, std::initializer_list<std::string_view> names) {
  if (v.type() != json::kind::object) return false;
  for (const auto& m : v.members())
    if (std::none_of(names.begin(), names.end(), [&](auto n) { return m.key.equals(n); })) return false;
  return true;
}

}  // namespace

void mesh_admin::attach(replicator_actor replicator, membership_actor membership, links_actor links) {
  replicator_ = std::move(replicator);
  membership_ = std::move(membership);
  links_ = std::move(links);
}

void mesh_admin::listens_at(std::string mesh, std::string peer, settings::advertised told) {
  listen_mesh_ = std::move(mesh);
  listen_peer_ = std::move(peer);
  told_ = std::move(told);
}

/// Asks all three at once; `f` runs on the control loop when the last of them has answered, or is gone.
void mesh_admin::look(std::function<void(std::shared_ptr<const mesh_picture>)> f) {
  auto p = std::make_shared<mesh_picture>();
  p->mesh.view = std::make_shared<const replication::mesh_view>();
  p->listen_mesh = listen_mesh_;
  p->listen_peer = listen_peer_;
  p->advertised = told_;
  for (const auto s : {key_standing::unknown, key_standing::ended, key_standing::evicted, key_standing::replaced})
    p->refusals.emplace_back(s, deps_.refusals ? deps_.refusals(s) : 0);
  const auto done = when_all_gone([&io = deps_.io, p, f = std::move(f)] { boost::asio::post(io, [p, f] { f(p); }); });
  caf::anon_send(replicator_, inspect_mesh{reply_slot<mesh_report>([p, done](auto r) { if (r) p->mesh = std::move(*r); })});
  caf::anon_send(membership_, inspect_membership{reply_slot<membership_report>([p, done](auto r) { if (r) p->membership = std::move(*r); })});
  caf::anon_send(links_, inspect_links{reply_slot<std::vector<link_view>>([p, done](auto r) { if (r) p->links = std::move(*r); })});
}

void mesh_admin::append_metrics(std::string& out, const mesh_picture& p) const {
  append_mesh_metrics(out, p, news_);
  deps_.traffic->append_to(out);
}

void mesh_admin::peers(reply_function reply) {
  look([this, reply = std::move(reply)](const auto& p) { reply({200, peers_page(*p, steady_clock::now(), deps_.wall_ms())}); });
}

void mesh_admin::mesh(reply_function reply) {
  look([reply = std::move(reply)](const auto& p) { reply({200, mesh_page(*p)}); });
}

void mesh_admin::invite(const std::string& body, reply_function reply) {
  look([this, body, reply = std::move(reply)](const auto& p) { reply(issue(*p, body)); });
}

http::admin_answer mesh_admin::issue(const mesh_picture& p, const std::string& body) {
  if (json::validate(body)) return refusal(400, "expected a JSON object", "invalid_request");
  const auto v = json::value::first_in(body);
  const auto role = node_role_from(v["role"].text_or(""));
  const auto ttl = v["ttl"].absent_or_null() ? std::optional<std::int64_t>(900) : v["ttl"].integer();
  const auto& classes = deps_.settings.data_classes;
  invitation what;
  what.role = role.value_or(node_role::edge);
  what.site = v["site"].text_or("");
  what.name = v["name"].text_or("");
  what.clearance = v["data_class"].text_or(classes.name_of(classes.lowest()));
  if (!has_only(v, {"role", "site", "name", "data_class", "ttl"}) || !role || !ttl || *ttl < 1 || *ttl > 900 ||
      (!what.site.empty() && !settings::is_name(what.site)) || (!what.name.empty() && !settings::is_name(what.name)))
    return refusal(400, "expected role (full or edge) and, where wanted, site, name, data_class and ttl (1 to 900 s)", "invalid_request");
  if (!classes.find(what.clearance)) return refusal(400, "there is no data class of this name", "invalid_request");
  const auto* own = find(p, deps_.self);
  if (own == nullptr || own->role != node_role::full) return refusal(403, "this node is no full member: ask one that is", "not_full");
  if (is_rotating_) return refusal(409, "this node's key is being changed: try again in some seconds", "key_changes");
  if (told_.peer.empty()) return refusal(409, "nobody can dial this node: invite at one that others can dial", "not_dialable");

  const auto now_s = deps_.wall_ms() / 1000;
  join_token token;
  token.mesh = deps_.root.mesh;
  token.founding = deps_.root.founding;
  token.inviter = deps_.self;
  net::fill_random(token.id.bytes);
  token.key = secret(net::random_bytes(join_token::key_bytes));
  token.addresses.push_back(*parse_host_port(told_.peer));
  token.expires_at = now_s + *ttl;
  if (!deps_.joining.desk().keep(token, what, now_s)) return refusal(429, "too many invitations are open", "too_many");
  std::string out;
  json::writer w(out);
  w.begin_object().member("token", write_join_token(token).reveal()).member("id", token.id.to_hex()).member("role", name_of(what.role));
  w.member("site", what.site).member("data_class", what.clearance).member("name", what.name);
  w.member("expires_at", timestamp_of(token.expires_at * 1000)).key("addresses").begin_array().string(told_.peer).end_array().end_object();
  return {201, std::move(out)};
}

void mesh_admin::evict(const std::string& body, reply_function reply) {
  look([this, body, reply = std::move(reply)](const auto& p) {
    const auto v = json::validate(body) ? json::value() : json::value::first_in(body);
    const auto named = v["node"].text_or("");
    const auto since = v["since"].absent_or_null() ? std::optional(deps_.wall_ms()) : v["since"].integer();
    if (!has_only(v, {"node", "since"}) || named.empty() || !since || *since < 0)
      return reply(refusal(400, "expected node and, where wanted, since (Unix milliseconds)", "invalid_request"));
    const auto at = std::find_if(p->mesh.members.begin(), p->mesh.members.end(),
                                 [&](const auto& m) { return m.name == named || m.key.to_hex() == named; });
    if (at == p->mesh.members.end()) return reply(refusal(404, "there is no member of this name or key", "not_found"));
    if (at->key == deps_.self) return reply(refusal(409, "a node does not evict itself: edgemesh mesh leave", "invalid_request"));
    auto done = [&io = deps_.io, p, gone = *at, since = *since, reply](std::optional<bool> counts) {
      std::string out;
      json::writer w(out);
      w.begin_object().member("node", gone.name).member("key", gone.key.to_hex()).member("since", timestamp_of(since));
      // Links carry an eviction at once and in order; whoever has none hears it from others.
      for (const auto& [list, phase] : {std::pair("acknowledged", true), std::pair("waiting", false)}) {
        w.key(list).begin_array();
        for (const auto& l : p->links)
          if (const auto* m = find(*p, l.peer); m != nullptr && m->key != gone.key && (l.phase == link_phase::up) == phase) w.string(m->name);
        w.end_array();
      }
      w.end_object();
      auto answer = counts.value_or(false) ? http::admin_answer{200, std::move(out)}
                                           : refusal(403, "this node is no full member: ask one that is", "not_full");
      boost::asio::post(io, [reply, answer = std::move(answer)]() mutable { reply(std::move(answer)); });
    };
    caf::anon_send(replicator_, evict_member{at->key, *since, reply_slot<bool>(std::move(done))});
  });
}

void mesh_admin::rotate(reply_function reply) {
  if (is_rotating_) return reply(refusal(409, "a change of this node's key is under way", "invalid_request"));
  is_rotating_ = true;
  const auto old_key = deps_.self;
  deps_.rotate([this, old_key, reply = std::move(reply)](const result<node_key>& next) {
    is_rotating_ = false;
    if (!next) return reply(refusal(409, next.error().message, "key_not_changed"));
    std::string out;
    json::writer(out).begin_object().member("node", deps_.settings.node.name).member("key", next->to_hex()).member("old_key", old_key.to_hex()).end_object();
    reply({200, std::move(out)});
  });
}

void mesh_admin::leave(reply_function reply) {
  has_left_ = true;
  deps_.leave([this, reply = std::move(reply)](bool is_forgotten) {
    if (!is_forgotten) return reply(refusal(500, "this node has left, but its disk did not forget the mesh: see the log", "store_failed"));
    std::string out;
    json::writer(out).begin_object().member("node", deps_.settings.node.name).member("mesh", deps_.root.mesh.to_hex()).end_object();
    reply({200, std::move(out)});
  });
}

}  // namespace edgemesh::actors
