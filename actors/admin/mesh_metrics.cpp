#include "actors/admin/mesh_metrics.hpp"

#include <algorithm>
#include <map>

#include "http/metrics_text.hpp"

namespace edgemesh::actors {

namespace {

using http::append_family;
using http::append_label;
using http::append_sample;

std::string label(std::string_view name, std::string_view value) {
  std::string out;
  append_label(out, name, value);
  return out;
}

void append_members(std::string& out, const mesh_picture& p) {
  using membership::member_state;
  std::map<std::string_view, std::uint64_t> states{{"alive", 1}};  // this node
  for (const auto s : {member_state::unknown, member_state::suspect, member_state::left, member_state::dead}) states.try_emplace(name_of(s));
  for (const auto& m : p.membership.members) ++states[name_of(m.state)];
  append_family(out, "edgemesh_mesh_members", "gauge", "Members of the mesh as this node holds them, itself included.");
  for (const auto& [state, count] : states) append_sample(out, "edgemesh_mesh_members", label("state", state), count);
  append_family(out, "edgemesh_mesh_evicted", "gauge", "Nodes that were thrown out.");
  append_sample(out, "edgemesh_mesh_evicted", {}, std::uint64_t{p.mesh.evicted.size()});
}

/// Of this node; renewed by itself long before.
void append_membership_end(std::string& out, const mesh_picture& p) {
  const auto self = std::find_if(p.mesh.members.begin(), p.mesh.members.end(), [&](const auto& m) { return m.key == p.mesh.self; });
  if (self == p.mesh.members.end()) return;
  append_family(out, "edgemesh_mesh_membership_not_after_seconds", "gauge", "Unix time at which this node's membership ends unless it is renewed.");
  append_sample(out, "edgemesh_mesh_membership_not_after_seconds", {}, static_cast<std::uint64_t>(std::max<std::int64_t>(0, self->not_after)));
}

void append_links(std::string& out, const mesh_picture& p) {
  std::map<std::string_view, std::uint64_t> phases;
  for (const auto phase : {link_phase::none, link_phase::dialling, link_phase::opening, link_phase::up}) phases.try_emplace(name_of(phase));
  for (const auto& l : p.links) ++phases[name_of(l.phase)];
  append_family(out, "edgemesh_mesh_links", "gauge", "Other members by what becomes of the link to them.");
  for (const auto& [phase, count] : phases) append_sample(out, "edgemesh_mesh_links", label("phase", phase), count);
}

void append_round_trips(std::string& out, const mesh_picture& p) {
  std::map<node_key, microseconds> measured;
  for (const auto& m : p.membership.members)
    if (m.round_trip) measured.emplace(m.key, *m.round_trip);
  std::map<std::string_view, microseconds> by_name;
  for (const auto& m : p.mesh.members)
    if (const auto at = measured.find(m.key); at != measured.end()) by_name.emplace(m.name, at->second);
  append_family(out, "edgemesh_mesh_round_trip_seconds", "gauge", "To another node, smoothed, as membership measures it.");
  std::size_t written = 0;
  for (const auto& [node, time] : by_name) {
    if (++written > metric_nodes_max) break;
    append_sample(out, "edgemesh_mesh_round_trip_seconds", label("node", node), static_cast<double>(time.count()) / 1e6);
  }
}

void append_comparisons(std::string& out, const mesh_picture& p) {
  std::map<std::string_view, replication::digests_compared> by_name;
  for (const auto& m : p.mesh.members)
    if (const auto at = p.mesh.compared.find(m.key); at != p.mesh.compared.end()) by_name.emplace(m.name, at->second);
  append_family(out, "edgemesh_mesh_digests_compared_total", "counter", "Questions of a linked node whether it knows the same, by what was found.");
  std::size_t written = 0;
  for (const auto& [node, c] : by_name) {
    if (++written > metric_nodes_max) break;
    append_sample(out, "edgemesh_mesh_digests_compared_total", label("node", node) + "," + label("outcome", "differing"), c.differing);
    append_sample(out, "edgemesh_mesh_digests_compared_total", label("node", node) + "," + label("outcome", "equal"), c.equal);
  }
}

struct counter {
  const char* name;
  const char* help;
  std::uint64_t value;
};

void append_counters(std::string& out, const mesh_picture& p) {
  const auto& m = p.membership.counters;
  const auto& g = p.mesh.counters;
  const counter counters[] = {
      {"edgemesh_mesh_probes_total", "Direct probes of membership.", m.probes},
      {"edgemesh_mesh_probe_failures_total", "Probes without an answer, direct or by others.", m.probe_failures},
      {"edgemesh_mesh_suspicions_total", "Suspicions that this node raised.", m.suspicions_raised},
      {"edgemesh_mesh_suspicions_heard_total", "Suspicions of others that this node took up.", m.suspicions_heard},
      {"edgemesh_mesh_refutations_total", "Suspicions of this node that it refuted.", m.refutations},
      {"edgemesh_mesh_deaths_total", "Members that this node gave up for dead.", m.deaths},
      {"edgemesh_mesh_gossip_bytes_total", "Records, keys and content that were sent, without frames.", g.bytes_out},
      {"edgemesh_mesh_records_received_total", "Records that came in.", g.records_in},
      {"edgemesh_mesh_records_new_total", "Records that were new or newer.", g.records_new},
      {"edgemesh_mesh_repairs_total", "Records that only the comparison of digests brought.", g.repairs},
      {"edgemesh_mesh_digests_total", "Digests that neighbours were asked to compare.", g.digests},
      {"edgemesh_mesh_fetches_total", "Contents that were fetched by their hash.", g.fetches},
  };
  for (const auto& c : counters) {
    append_family(out, c.name, "counter", c.help);
    append_sample(out, c.name, {}, c.value);
  }
  append_family(out, "edgemesh_mesh_dropped_total", "counter", "What came from other nodes and was not taken, or not sent to them, by why.");
  for (const auto& [reason, value] : std::initializer_list<std::pair<const char*, std::uint64_t>>{
           {"bad_liveness", m.bad_records}, {"bad_signature", g.bad_signatures}, {"contents_full", g.contents_refused},
           {"ignored_accusation", m.ignored_accusations}, {"news_full", g.news_dropped}, {"not_a_member", g.messages_refused},
           {"over_budget", g.records_over_budget}, {"refused_record", g.records_refused}, {"replies_over_budget", g.replies_over_budget},
           {"stale_record", g.records_stale}})
    append_sample(out, "edgemesh_mesh_dropped_total", label("reason", reason), value);
}

}  // namespace

void append_mesh_metrics(std::string& out, const mesh_picture& p, const news_age& news) {
  append_members(out, p);
  append_membership_end(out, p);
  append_links(out, p);
  append_round_trips(out, p);
  append_counters(out, p);
  append_comparisons(out, p);
  append_family(out, "edgemesh_mesh_records", "gauge", "Records in the table.");
  append_sample(out, "edgemesh_mesh_records", {}, std::uint64_t{p.mesh.records});
  append_family(out, "edgemesh_mesh_health_score", "gauge", "Membership's doubt in this node itself; 0: none.");
  append_sample(out, "edgemesh_mesh_health_score", {}, static_cast<double>(p.membership.health_score));
  if (p.mesh.clock_offset_ms) {
    append_family(out, "edgemesh_mesh_clock_offset_seconds", "gauge", "The peers' median clock minus this node's.");
    append_sample(out, "edgemesh_mesh_clock_offset_seconds", {}, static_cast<double>(*p.mesh.clock_offset_ms) / 1000);
  }
  append_family(out, "edgemesh_mesh_news_seconds", "histogram", "From a node's word about itself or a backend until it is in the routes here.");
  news.seconds_until_known().render(out, "edgemesh_mesh_news_seconds", {});
}

}  // namespace edgemesh::actors
