// M6: what membership costs when nothing happens. M8: what one ill or lying node can stir up. M11: what damaged frames do.
#include "proto/records.hpp"
#include "tests/sim/table.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

void bring_up(world& w) {
  w.start_all();
  w.run_until_found(seconds{60}, milliseconds{200}, [&] { return w.are_views_equal(); });
  w.run_for(seconds{20});
}

row steady_bytes(std::size_t nodes, nanoseconds time) {
  world w({.nodes = nodes, .sites = nodes >= 100 ? 3u : 1u, .seed = 6000 + nodes, .counts_bytes = true});
  bring_up(w);
  w.forget_traffic();
  w.run_for(time);
  const double node_seconds = static_cast<double>(nodes) * std::chrono::duration<double>(time).count();
  const double frames = static_cast<double>(w.sent().frame_bytes) / node_seconds, wire = static_cast<double>(w.sent().wire_bytes()) / node_seconds;
  return {"M6", "membership bytes per node and second, steady, " + std::to_string(nodes) + " nodes", "<= 2048 sent, and as many received",
          text(frames, 0) + " in frames, " + text(wire, 0) + " with TLS, TCP and IP", text(node_seconds / 3600, 1) + " node-hours, seed " + std::to_string(6000 + nodes),
          wire <= 2048};
}

double message_rate(world& w, nanoseconds time) {
  w.forget_traffic();
  w.run_for(time);
  return static_cast<double>(w.sent().messages) / std::chrono::duration<double>(time).count();
}

row storm_row(const std::string& what, double steady, double storm, world& w, std::size_t buried, const std::string& volume) {
  const double factor = storm / steady;
  return {"M8", "message rate with " + what + ", " + std::to_string(w.size()) + " nodes / steady", "<= 2.0",
          text(factor, 2) + "; healthy nodes buried by healthy ones: " + std::to_string(buried), volume, factor <= 2.0 && buried == 0};
}

std::size_t buried_beside(const world& w, std::uint32_t ill) {
  std::size_t count = 0;
  for (const auto& f : w.seen().false_deaths()) count += f.observer != ill && f.subject != ill;
  return count;
}

row degraded_storm(std::size_t nodes, nanoseconds time) {
  world w({.nodes = nodes, .sites = 3, .seed = 8000});
  bring_up(w);
  const double steady = message_rate(w, seconds{60});
  w.net().set_own_quality(7, link_quality{.latency = milliseconds{400}, .jitter = milliseconds{400}, .loss = 0.4});
  w.slow_down(7, milliseconds{100});
  const double storm = message_rate(w, time);
  return storm_row("a node that is slow and loses 40 %", steady, storm, w, buried_beside(w, 7), text(std::chrono::duration<double>(time).count(), 0) + " s, seed 8000");
}

/// One member accuses everybody of everything, a hundred times a second, in well-formed and well-signed records.
row liar_storm(std::size_t nodes, nanoseconds time) {
  world w({.nodes = nodes, .sites = 3, .seed = 8100});
  bring_up(w);
  const double steady = message_rate(w, seconds{60});
  w.forget_traffic();
  const auto begin = w.now();
  for (std::uint64_t i = 0; w.now() < begin + time; ++i) {
    const auto subject = static_cast<std::uint32_t>(1 + w.chance().below(nodes - 1)), to = static_cast<std::uint32_t>(1 + w.chance().below(nodes - 1));
    const proto::accusation_body body{w.node(subject).keys.own_key(), w.node(subject).life->incarnation(),
                                      i % 2 ? proto::accused_of::dead : proto::accused_of::suspect};
    w.inject(0, to, proto::rumours{{proto::seal({w.node(0).keys, world::mesh(), {1, i}, 0}, body).raw}});
    w.run_for(milliseconds{10});
  }
  const double storm = static_cast<double>(w.sent().messages) / std::chrono::duration<double>(time).count();
  return storm_row("a member that accuses everybody", steady, storm, w, buried_beside(w, 0), text(std::chrono::duration<double>(time).count(), 0) + " s, seed 8100");
}

row flipped_bits(nanoseconds time) {
  world w({.nodes = 100, .sites = 3, .seed = 11000, .within_site = {.corruption = 1e-4},
           .between_sites = {.latency = milliseconds{15}, .jitter = milliseconds{1}, .corruption = 1e-4}});
  bring_up(w);
  const auto changes = w.seen().changes();
  w.forget_traffic();
  w.run_for(time);
  return {"M11", "one bit flipped in 1e-4 of the messages", "0 accepted, 0 changes of state",
          std::to_string(w.sent().damaged_accepted) + " accepted, " + std::to_string(w.seen().changes() - changes) + " changes",
          std::to_string(w.sent().damaged) + " flips in " + std::to_string(w.sent().messages) + " messages, 100 nodes, seed 11000",
          w.sent().damaged_accepted == 0 && w.seen().changes() == changes && w.sent().damaged > 0};
}

}  // namespace

std::vector<measurement> traffic_rows() {
  return {{"M6", [](const table_options& o) { return steady_bytes(10, o.is_long ? seconds{3600} : seconds{300}); }},
          {"M6", [](const table_options& o) { return steady_bytes(100, o.is_long ? seconds{600} : seconds{60}); }},
          {"M6", [](const table_options& o) { return steady_bytes(1000, o.is_long ? seconds{300} : seconds{20}); }},
          {"M8", [](const table_options& o) { return degraded_storm(100, o.is_long ? seconds{600} : seconds{120}); }},
          {"M8", [](const table_options& o) { return degraded_storm(1000, o.is_long ? seconds{300} : seconds{30}); }},
          {"M8", [](const table_options& o) { return liar_storm(100, o.is_long ? seconds{600} : seconds{120}); }},
          {"M8", [](const table_options& o) { return liar_storm(1000, o.is_long ? seconds{300} : seconds{30}); }},
          {"M11", [](const table_options& o) { return flipped_bits(o.is_long ? seconds{7200} : seconds{600}); }}};
}

}  // namespace edgemesh::sim
