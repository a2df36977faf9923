// M7: mass restarts. M9: a newcomer. M10: a healed partition. And agreement after random faults of every kind.
#include <algorithm>

#include "tests/sim/chaos.hpp"
#include "tests/sim/table.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

void bring_up(world& w) {
  w.start_all();
  w.run_until_found(seconds{60}, milliseconds{200}, [&] { return w.are_views_equal(); });
  w.run_for(seconds{10});
}

/// 30 % lose power and come back within 30 s, half of them without their disks and some with a clock in 1970.
row mass_restarts(const table_options& o) {
  const std::size_t nodes = o.is_long ? 1000 : 300;
  const int restarts = o.restarts.value_or(o.is_long ? 10 : 2);
  const auto first = o.seed.value_or(7000), last = o.seed.value_or(o.is_long ? 7004 : 7001);
  std::vector<double> took;
  std::size_t stuck = 0, broken = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    world w({.nodes = nodes, .sites = 3, .seed = seed});
    bring_up(w);
    for (int r = 0; r < restarts; ++r) {
      double last_start = w.seconds_now();
      for (std::uint32_t i = 0; i < nodes; ++i) {
        if (w.chance().below(10) >= 3) continue;
        w.crash(i);
        if (w.chance().below(2) == 0) w.lose_disk(i);
        if (w.chance().below(10) == 0) w.step_clock(i, -w.wall_ms(w.node(i)));
        const double away = w.chance().uniform() * 30;
        w.start_later(i, nanoseconds(static_cast<std::int64_t>(away * 1e9)));
        last_start = std::max(last_start, w.seconds_now() + away);
      }
      w.run_for(nanoseconds(static_cast<std::int64_t>((last_start - w.seconds_now()) * 1e9) + 1000));
      const bool is_equal = w.run_until_found(seconds{60}, milliseconds{100}, [&] { return w.are_views_equal(); });
      took.push_back(w.seconds_now() - last_start);
      stuck += !is_equal;
      w.run_for(seconds{20});
    }
    broken += w.seen().violations().size();
  }
  const double most = quantile(took, 1.0);
  return {"M7", "restart of 30 % of " + std::to_string(nodes) + " nodes, disks kept or lost: views equal after the last start", "<= 10 s, nobody stuck dead",
          "p50 " + text(quantile(took, 0.5), 2) + " s, max " + text(most, 2) + " s, " + std::to_string(stuck) + " stuck",
          std::to_string(took.size()) + " mass restarts, seeds " + std::to_string(first) + " to " + std::to_string(last), most <= 10 && stuck == 0 && broken == 0};
}

row newcomer(std::size_t nodes, int joins) {
  world w({.nodes = nodes, .sites = 3, .seed = 9000, .counts_bytes = true});
  const auto last = static_cast<std::uint32_t>(nodes - 1);
  for (std::uint32_t i = 0; i < last; ++i) w.start_later(i, microseconds{500} * i);
  w.run_for(seconds{40});
  double longest = 0, most_bytes = 0;
  for (int j = 0; j < joins; ++j) {
    w.node(last).frame_bytes = 0;
    w.start(last);
    const auto began = w.seconds_now();
    w.run_until_found(seconds{20}, milliseconds{20}, [&] {
      for (std::uint32_t i = 0; i < last; ++i)
        if (w.seen().held(last, i) != membership::member_state::alive) return false;
      return true;
    });
    longest = std::max(longest, w.seconds_now() - began);
    w.run_for(nanoseconds(static_cast<std::int64_t>(std::max(0.0, began + 2 - w.seconds_now()) * 1e9)));
    most_bytes = std::max(most_bytes, static_cast<double>(w.node(last).frame_bytes));
    w.crash(last);
    w.run_for(seconds{30});
  }
  return {"M9", "a node joins " + std::to_string(nodes - 1) + " others: it knows them all (membership)", "<= 2 s, <= 400 kB to and from it",
          "max " + text(longest, 2) + " s; max " + text(most_bytes / 1000, 0) + " kB within 2 s", std::to_string(joins) + " joins, seed 9000", longest <= 2 && most_bytes <= 400e3};
}

row healed(std::size_t nodes, nanoseconds apart, int times) {
  world w({.nodes = nodes, .sites = 2, .seed = 10000});
  bring_up(w);
  std::vector<double> took;
  for (int t = 0; t < times; ++t) {
    for (std::uint32_t i = 0; i < nodes; ++i) w.net().put_in_group(i, i % 2);
    w.net().cut(0, 1);
    w.net().cut(1, 0);
    w.note_fault();
    w.run_for(apart);
    w.net().heal();
    w.note_fault();
    const auto began = w.seconds_now();
    const bool is_equal = w.run_until_found(seconds{120}, milliseconds{100}, [&] { return w.are_views_equal(); });
    took.push_back(is_equal ? w.seconds_now() - began : 120);
    w.run_for(seconds{30});
  }
  const double most = quantile(took, 1.0);
  return {"M10", "two halves of " + std::to_string(nodes) + " nodes, apart for " + text(std::chrono::duration<double>(apart).count() / 60, 0) + " min: all views equal (membership)",
          "<= 5 s", "max " + text(most, 2) + " s", std::to_string(times) + " partitions, seed 10000", most <= 5};
}

row chaos_row(std::size_t nodes, std::uint64_t seeds, nanoseconds duration) {
  std::size_t unsound = 0;
  std::uint64_t faults = 0;
  std::vector<double> took;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto r = run_chaos(seed, {.nodes = nodes, .duration = duration});
    unsound += !r.is_sound();
    faults += r.faults;
    took.push_back(r.settled_after_s < 0 ? 60 : r.settled_after_s);
  }
  return {"S", "random faults of every kind, " + std::to_string(nodes) + " nodes: invariants hold, and in peace all agree", "every seed",
          std::to_string(seeds - unsound) + " of " + std::to_string(seeds) + " seeds; agreement p50 " + text(quantile(took, 0.5), 1) + " s, max " + text(quantile(took, 1.0), 1) + " s",
          std::to_string(faults) + " faults, seeds 1 to " + std::to_string(seeds), unsound == 0};
}

}  // namespace

std::vector<measurement> recovery_rows() {
  return {{"M7", mass_restarts},
          {"M9", [](const table_options& o) { return newcomer(1001, o.is_long ? 20 : 3); }},
          {"M10", [](const table_options& o) { return healed(1000, seconds{600}, o.is_long ? 5 : 1); }},
          {"S", [](const table_options& o) { return chaos_row(7, o.is_long ? 2000 : 200, seconds{60}); }},
          {"S", [](const table_options& o) { return chaos_row(1000, o.is_long ? 20 : 1, seconds{60}); }}};
}

}  // namespace edgemesh::sim
