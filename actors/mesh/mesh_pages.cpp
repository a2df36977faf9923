#include "actors/mesh/mesh_pages.hpp"

#include <algorithm>
#include <map>

#include "base/timestamp.hpp"
#include "json/writer.hpp"
#include "replication/features.hpp"

namespace edgemesh::actors {

namespace {

using membership::member_state;

struct peer_facts {
  const replication::member* who = nullptr;
  const replication::remote_node* node = nullptr;
  const membership::member_view* held = nullptr;
  const link_view* link = nullptr;
  int backends = 0;
};

std::map<node_key, peer_facts> peers_of(const mesh_picture& p) {
  std::map<node_key, peer_facts> peers;
  for (const auto& m : p.mesh.members)
    if (m.key != p.mesh.self) peers[m.key].who = &m;
  const auto at = [&](const node_key& k, auto set) {
    if (const auto here = peers.find(k); here != peers.end()) set(here->second);
  };
  for (const auto& n : p.mesh.view->nodes) at(n.who.key, [&](peer_facts& f) { f.node = &n; });
  for (const auto& m : p.membership.members) at(m.key, [&](peer_facts& f) { f.held = &m; });
  for (const auto& l : p.links) at(l.peer, [&](peer_facts& f) { f.link = &l; });
  for (const auto& b : p.mesh.view->backends) at(b.owner, [](peer_facts& f) { ++f.backends; });
  return peers;
}

bool is_up(const peer_facts& f) { return f.link != nullptr && f.link->phase == link_phase::up; }

/// A node that nobody has heard of yet is as good as one that does not answer.
std::string_view state_of(const peer_facts& f) {
  const auto s = f.held ? f.held->state : member_state::unknown;
  return s == member_state::unknown ? (is_up(f) ? "alive" : "suspect") : membership::name_of(s);
}

void write_peer(json::writer& w, const peer_facts& f, instant now, std::int64_t wall_ms) {
  const auto& m = *f.who;
  w.begin_object().member("name", m.name).member("key", m.key.to_hex()).member("site", m.site).member("role", name_of(m.role));
  w.member("data_class", m.clearance).member("state", state_of(f)).member("link", is_up(f) ? "direct" : "none");
  if (f.held && f.held->round_trip) w.key("rtt_ms").thousandths(f.held->round_trip->count());
  if (f.node && f.node->stamp_ms > 0) {
    w.member("heard_s", std::max<std::int64_t>(0, (wall_ms - f.node->stamp_ms) / 1000)).member("version", f.node->body.build);
    w.member("mesh_address", f.node->body.mesh_address).member("peer_address", f.node->body.peer_address);
    w.member("draining", f.node->body.is_draining);
  }
  w.member("backends", f.backends);
  if (is_up(f)) {
    w.member("link_s", std::chrono::duration_cast<seconds>(now - f.link->since).count()).member("protocol", int{f.link->version});
    if (f.link->clock_ahead) w.member("clock_offset_ms", f.link->clock_ahead->count());
  } else if (f.link && !f.link->problem.empty()) {
    w.member("problem", f.link->problem);
  }
  w.member("not_after", timestamp_of(m.not_after * 1000)).end_object();
}

void write_evicted(json::writer& w, const evicted_node& n) {
  w.begin_object().member("name", n.name).member("key", n.key.to_hex()).member("site", n.site).member("state", "evicted");
  w.member("link", "none").end_object();
}

void write_features(json::writer& w, const std::vector<replication::feature_state>& features) {
  w.key("features").begin_array();
  for (const auto& f : features) {
    w.begin_object().member("name", f.name).member("on", f.is_on()).key("held_back_by").begin_array();
    for (const auto& name : f.held_back_by) w.string(name);
    w.end_array().end_object();
  }
  w.end_array();
}

}  // namespace

std::string timestamp_of(std::int64_t unix_ms) { return timestamp(wall_time(milliseconds(unix_ms))); }

std::string peers_page(const mesh_picture& p, instant now, std::int64_t wall_ms) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  for (const auto& [_, f] : peers_of(p)) write_peer(w, f, now, wall_ms);
  for (const auto& n : p.mesh.evicted) write_evicted(w, n);
  w.end_array().end_object();
  return out;
}

std::string mesh_page(const mesh_picture& p) {
  std::map<std::string_view, int> states{{"alive", 1}, {"suspect", 0}, {"dead", 0}, {"left", 0}};  // alive: this node
  int links = 0;
  int in_use = proto::version_max;
  std::vector<std::string> held_back_by;
  for (const auto& [_, f] : peers_of(p)) {
    ++states[state_of(f)];
    links += is_up(f);
    if (!f.node || f.node->stamp_ms == 0 || f.node->body.version_max >= proto::version_max) continue;
    in_use = std::min(in_use, int{f.node->body.version_max});
    held_back_by.push_back(f.who->name);
  }
  const auto self = std::find_if(p.mesh.members.begin(), p.mesh.members.end(), [&](const auto& m) { return m.key == p.mesh.self; });
  std::string out;
  json::writer w(out);
  w.begin_object().member("mesh", p.mesh.mesh.to_hex()).member("key", p.mesh.self.to_hex());
  if (self != p.mesh.members.end()) {
    w.member("node", self->name).member("site", self->site).member("role", name_of(self->role)).member("data_class", self->clearance);
    w.member("not_after", timestamp_of(self->not_after * 1000));
  }
  w.member("standing", name_of(p.mesh.standing)).member("incarnation", p.membership.incarnation).key("listen").begin_object().member("mesh", p.listen_mesh).member("peer", p.listen_peer);
  w.end_object().key("advertise").begin_object().member("mesh", p.advertised.mesh).member("peer", p.advertised.peer).end_object();
  w.key("members").begin_object();
  for (const auto& [state, count] : states) w.member(state, count);
  w.end_object().member("links", links).member("records", p.mesh.records);
  w.member("digest", byte_name<struct digest_tag, 8>{std::bit_cast<std::array<std::uint8_t, 8>>(p.mesh.summary)}.to_hex());
  w.key("protocol").begin_object().member("min", int{proto::version_min}).member("max", int{proto::version_max}).member("in_use", in_use);
  w.key("held_back_by").begin_array();
  for (const auto& name : held_back_by) w.string(name);
  w.end_array().end_object();
  write_features(w, replication::features_of(*p.mesh.view, self == p.mesh.members.end() ? "" : self->name));
  w.key("refused").begin_object();
  for (const auto& [standing, count] : p.refusals) w.member(name_of(standing), count);
  w.end_object().member("health_score", p.membership.health_score);
  if (p.mesh.clock_offset_ms)
    w.key("clock").begin_object().member("offset_ms", *p.mesh.clock_offset_ms).member("ok", !p.mesh.is_clock_off).end_object();
  w.end_object();
  return out;
}

std::string no_mesh_page(const std::string& node) {
  std::string out;
  json::writer(out).begin_object().key("mesh").null().member("node", node).end_object();
  return out;
}

}  // namespace edgemesh::actors
