// M2: how fast a death is known. M3: how often the living are buried under loss. M4: what Lifeguard is worth.
#include <algorithm>
#include <cmath>
#include <set>

#include "tests/sim/table.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

std::size_t sites_for(std::size_t nodes) { return nodes >= 100 ? 3 : 1; }

void bring_up(world& w) {
  w.start_all();
  w.run_until_found(seconds{60}, milliseconds{200}, [&] { return w.are_views_equal(); });
  w.run_for(seconds{10});
}

/// Kills one node after the other, without a broken link to give it away, and takes the time until 99.9 % of the rest know.
row death_known(std::size_t nodes, double target_s, int kills) {
  world w({.nodes = nodes, .sites = sites_for(nodes), .seed = 2000 + nodes});
  bring_up(w);
  std::vector<double> took;
  const auto enough = static_cast<std::size_t>(std::ceil(0.999 * static_cast<double>(nodes - 1)));
  for (int i = 0; i < kills; ++i) {
    const auto victim = static_cast<std::uint32_t>(w.chance().below(nodes));
    w.crash(victim, crash_kind::power);
    const auto killed = w.seconds_now();
    const bool is_known = w.run_until_holds(seconds{120}, [&] { return w.seen().dead_views(victim) >= enough; });
    took.push_back(is_known ? w.seconds_now() - killed : 120);
    w.run_for(nanoseconds(static_cast<std::int64_t>((3 + 4 * w.chance().uniform()) * 1e9)));
    w.start(victim);
    w.run_for(nanoseconds(static_cast<std::int64_t>((5 + 5 * w.chance().uniform()) * 1e9)));
  }
  const double p99 = quantile(took, 0.99);
  return {"M2", "dead known to 99.9 % of " + std::to_string(nodes) + " nodes", "p99 <= " + text(target_s, 0) + " s",
          "p50 " + text(quantile(took, 0.5), 2) + " s, p99 " + text(p99, 2) + " s", std::to_string(kills) + " power losses, seed " + std::to_string(2000 + nodes),
          p99 <= target_s && w.seen().violations().empty()};
}

/// What real processes are compared with (tests/scale/test_calibration.py): twelve nodes on one machine, one of them frozen or killed, until
/// the last of the others holds it dead.
row as_real_processes_do(bool is_frozen, int times) {
  constexpr std::size_t nodes = 12;
  world w({.nodes = nodes, .seed = 1200});
  bring_up(w);
  std::vector<double> took;
  for (int i = 0; i < times; ++i) {
    const auto victim = static_cast<std::uint32_t>(1 + w.chance().below(nodes - 1));
    const auto began = w.seconds_now();
    if (is_frozen) w.pause(victim, seconds{30});
    else w.crash(victim, crash_kind::process);
    const bool is_known = w.run_until_holds(seconds{30}, [&] { return w.seen().dead_views(victim) == nodes - 1; });
    took.push_back(is_known ? w.seconds_now() - began : 30);
    w.run_for(nanoseconds(static_cast<std::int64_t>((31 - (w.seconds_now() - began)) * 1e9)));
    if (!is_frozen) w.start(victim);
    w.run_for(nanoseconds(static_cast<std::int64_t>((5 + 5 * w.chance().uniform()) * 1e9)));
  }
  return {"C", std::string(is_frozen ? "a frozen" : "a killed") + " node of 12 is dead to all others", "real processes within 20 %",
          "p50 " + text(quantile(took, 0.5), 2) + " s, p90 " + text(quantile(took, 0.9), 2) + " s", std::to_string(times) + " times, seed 1200", true};
}

struct burials { std::size_t verdicts = 0; double node_hours = 0; };

burials buried_under_loss(double loss, std::size_t nodes, nanoseconds time, std::uint64_t seed) {
  link_quality near{.loss = loss}, far{.latency = milliseconds{15}, .jitter = milliseconds{1}, .loss = loss};
  world w({.nodes = nodes, .sites = sites_for(nodes), .seed = seed, .within_site = near, .between_sites = far});
  bring_up(w);
  const auto before = w.seen().false_deaths().size();
  w.run_for(time);
  std::set<std::pair<std::uint32_t, std::uint64_t>> verdicts;
  for (std::size_t i = before; i < w.seen().false_deaths().size(); ++i)
    verdicts.emplace(w.seen().false_deaths()[i].subject, w.seen().false_deaths()[i].incarnation);
  return {verdicts.size(), static_cast<double>(nodes) * std::chrono::duration<double>(time).count() / 3600};
}

row false_deaths(double loss, double most_per_1000h, nanoseconds time) {
  const auto b = buried_under_loss(loss, 1000, time, 3000);
  const double rate = static_cast<double>(b.verdicts) / b.node_hours * 1000;
  return {"M3", "false deaths, " + text(loss * 100, 0) + " % loss of messages, 1000 nodes",
          most_per_1000h == 0 ? "0" : "<= " + text(most_per_1000h, 0) + " per 1000 node-hours", std::to_string(b.verdicts) + " (" + text(rate, 2) + " per 1000 node-hours)",
          text(b.node_hours, 0) + " node-hours, seed 3000", rate <= most_per_1000h};
}

membership::swim_options without_lifeguard() {
  membership::swim_options o;
  o.health_max = 1;                             // no local health
  o.suspicion_max_mult = 1;                     // a suspicion lasts as long as it lasts
  o.suspicions_per_interval = 1000;             // no cap
  o.loop_lag_max = seconds{1'000'000};          // no notice of coming late
  return o;
}

/// A tenth of the nodes has hardly any time of a processor, like those that Lifeguard was measured with: each freezes for 0 to 10 s and
/// runs for 1 ms to 10 s in turn (evenly over the orders of magnitude), at 1 ms a message. Counted is who buried one of the others, that never froze.
burials buried_by_pauses(bool has_lifeguard, std::size_t nodes, nanoseconds time, std::uint64_t seed) {
  world w({.nodes = nodes, .sites = 1, .seed = seed, .swim = has_lifeguard ? membership::swim_options{} : without_lifeguard()});
  bring_up(w);
  const auto ill = static_cast<std::uint32_t>(nodes / 10);
  const auto frozen_time = [&] { return nanoseconds(1 + static_cast<std::int64_t>(w.chance().uniform() * 10e9)); };
  const auto running_time = [&] { return nanoseconds(static_cast<std::int64_t>(1e6 * std::pow(1e4, w.chance().uniform()))); };
  std::vector<instant> next(ill, w.now());
  for (std::uint32_t i = 0; i < ill; ++i) w.slow_down(i, milliseconds{1});
  const auto before = w.seen().false_deaths().size();
  for (const auto end = w.now() + time; w.now() < end; w.run_for(milliseconds{1}))
    for (std::uint32_t i = 0; i < ill; ++i) {
      if (w.now() < next[i]) continue;
      const auto frozen = frozen_time();
      w.pause(i, frozen);
      next[i] = w.now() + frozen + running_time();
    }
  burials b{0, static_cast<double>(nodes) * std::chrono::duration<double>(time).count() / 3600};
  for (std::size_t i = before; i < w.seen().false_deaths().size(); ++i) b.verdicts += w.seen().false_deaths()[i].subject >= ill;
  return b;
}

row lifeguard_gain(std::size_t nodes, nanoseconds time, int seeds) {
  burials with, without;
  for (int s = 0; s < seeds; ++s) {
    const auto on = buried_by_pauses(true, nodes, time, 4000 + static_cast<std::uint64_t>(s));
    const auto off = buried_by_pauses(false, nodes, time, 4000 + static_cast<std::uint64_t>(s));
    with.verdicts += on.verdicts;
    without.verdicts += off.verdicts;
    with.node_hours += on.node_hours;
  }
  const double factor = static_cast<double>(without.verdicts) / static_cast<double>(std::max<std::size_t>(1, with.verdicts));
  return {"M4", "false deaths of nodes that never paused, 10 % of " + std::to_string(nodes) + " nodes paused 0 to 10 s at random",
          ">= 50 times fewer with Lifeguard", std::to_string(with.verdicts) + " with, " + std::to_string(without.verdicts) + " without (" + text(factor, 0) + " times)",
          text(with.node_hours, 0) + " node-hours each, seeds 4000 to " + std::to_string(3999 + seeds), factor >= 50};
}

}  // namespace

std::vector<measurement> detection_rows() {
  return {{"M2", [](const table_options& o) { return death_known(10, 5, o.is_long ? 1000 : 100); }},
          {"M2", [](const table_options& o) { return death_known(100, 7, o.is_long ? 500 : 30); }},
          {"M2", [](const table_options& o) { return death_known(1000, 9, o.is_long ? 100 : 5); }},
          {"M3", [](const table_options& o) { return false_deaths(0.05, 1, o.is_long ? seconds{7200} : seconds{180}); }},
          {"M3", [](const table_options& o) { return false_deaths(0, 0, o.is_long ? seconds{7200} : seconds{180}); }},
          {"C", [](const table_options& o) { return as_real_processes_do(true, o.is_long ? 1000 : 200); }},
          {"C", [](const table_options& o) { return as_real_processes_do(false, o.is_long ? 1000 : 200); }},
          {"M4", [](const table_options& o) { return lifeguard_gain(100, o.is_long ? seconds{600} : seconds{120}, o.is_long ? 10 : 2); }}};
}

}  // namespace edgemesh::sim
