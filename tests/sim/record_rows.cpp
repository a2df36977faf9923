// Rows about replicated records, with production's gossip on every node. M5: how fast one change is known. M6: what everything costs. M9:
// what a newcomer has to fetch. M10: when the digests of a healed mesh are equal.
#include <algorithm>
#include <cmath>

#include "tests/sim/mesh_records.hpp"
#include "tests/sim/table.hpp"
#include "tests/sim/world.hpp"

namespace edgemesh::sim {
namespace {

constexpr nanoseconds longest_dial_pause = milliseconds{2500};  // of the links actor

double in_seconds(nanoseconds t) { return std::chrono::duration<double>(t).count(); }

/// A world whose nodes have records; who starts knows the members `knows`.
class recorded_mesh {
 public:
  recorded_mesh(std::size_t nodes, std::uint64_t seed, bool counts_bytes, double loss = 0)
      : records(nodes, 3), knows(nodes),
        w({.nodes = nodes, .sites = 3, .seed = seed, .within_site = {.loss = loss},
           .between_sites = {.latency = milliseconds{15}, .jitter = milliseconds{1}, .loss = loss}, .counts_bytes = counts_bytes,
           .make_records = [this](std::uint32_t i, const sim_node& self) { return std::make_unique<record_machine>(records, i, self, knows); }}) {}

  void bring_up(std::size_t count) {
    for (std::uint32_t i = 0; i < count; ++i) w.start(i);
    for (std::uint32_t i = 0; i < count; ++i) describe(i);
    w.run_until_found(seconds{180}, milliseconds{500}, [&] { return are_equal(); });
    w.run_for(seconds{35});
  }
  void describe(std::uint32_t i) {
    w.with_records<record_machine>(i, [](record_machine& m, instant now, std::int64_t wall) { return m.describe(now, wall), 0; });
  }
  proto::sealed_record change(std::uint32_t i) {
    return w.with_records<record_machine>(i, [](record_machine& m, instant now, std::int64_t wall) { return m.change(now, wall); });
  }
  void load(std::uint32_t i, int in_flight) {
    w.with_records<record_machine>(i, [&](record_machine& m, instant now, std::int64_t wall) { return m.load_is(in_flight, now, wall), 0; });
  }
  const record_machine& at(std::uint32_t i) { return static_cast<const record_machine&>(*w.node(i).records); }
  bool are_equal() {
    std::optional<std::uint64_t> first;
    for (std::uint32_t i = 0; i < w.size(); ++i) {
      if (!w.node(i).is_running()) continue;
      const auto summary = at(i).gossip().table().summary();
      if (first && *first != summary) return false;
      first = summary;
    }
    return true;
  }
  std::size_t holders(const proto::sealed_record& r) {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < w.size(); ++i) count += w.node(i).is_running() && at(i).holds(r);
    return count;
  }

  mesh_records records;
  std::size_t knows;
  world w;
};

row update_spreads(std::size_t nodes, double loss, double target_s, int times) {
  recorded_mesh m(nodes, 5000, false, loss);
  m.bring_up(nodes);
  const auto enough = static_cast<std::size_t>(std::ceil(0.999 * static_cast<double>(nodes)));
  std::vector<double> took;
  for (int t = 0; t < times; ++t) {
    const auto changed = m.change(static_cast<std::uint32_t>(m.w.chance().below(nodes)));
    const auto began = m.w.seconds_now();
    const bool is_known = m.w.run_until_found(seconds{60}, milliseconds{5}, [&] { return m.holders(changed) >= enough; });
    took.push_back(is_known ? m.w.seconds_now() - began : 60);
    m.w.run_for(milliseconds{700 + 100 * (t % 10)});
  }
  const double most = quantile(took, 1.0);
  return {"M5", "one change known to 99.9 % of " + std::to_string(nodes) + " nodes, " + text(loss * 100, 0) + " % loss of messages",
          "<= " + text(target_s, 1) + " s", "p50 " + text(quantile(took, 0.5), 2) + " s, max " + text(most, 2) + " s",
          std::to_string(times) + " changes, seed 5000", most <= target_s};
}

/// Every backend is in use: its load wanders by one request at a time between idle and twice its slots, `changes_per_s` times a second.
row everything_costs(std::size_t nodes, double changes_per_s, double target_kib, nanoseconds time) {
  recorded_mesh m(nodes, 6500, true);
  m.bring_up(nodes);
  std::vector<int> load(nodes, 4);
  m.w.forget_traffic();
  const auto step = nanoseconds(static_cast<std::int64_t>(1e9 / (changes_per_s * static_cast<double>(nodes))));
  for (const auto end = m.w.now() + time; m.w.now() < end; m.w.run_for(step)) {
    const auto i = static_cast<std::uint32_t>(m.w.chance().below(nodes));
    load[i] = std::clamp(load[i] + (m.w.chance().below(2) == 0 ? -1 : 1), 0, 16);
    m.load(i, load[i]);
  }
  const double kib = static_cast<double>(m.w.sent().wire_bytes()) / (static_cast<double>(nodes) * in_seconds(time)) / 1024;
  return {"M6", "all gossip per node and second, " + std::to_string(nodes) + " nodes whose backends' load changes " + text(changes_per_s, 0) + " times a second",
          "<= " + text(target_kib, 0) + " KiB", text(kib, 1) + " KiB sent, with TLS, TCP and IP",
          text(static_cast<double>(nodes) * in_seconds(time) / 3600, 1) + " node-hours, seed 6500", kib <= target_kib};
}

row newcomer_records(std::size_t nodes, int joins) {
  recorded_mesh m(nodes, 9500, true);
  const auto last = static_cast<std::uint32_t>(nodes - 1);
  m.knows = nodes - 1;
  m.bring_up(nodes - 1);
  double longest = 0, most_bytes = 0;
  for (int j = 0; j < joins; ++j) {
    m.w.node(last).frame_bytes = 0;
    m.w.with_records<record_machine>(0, [&](record_machine& r, instant now, std::int64_t wall) { return r.admit(last, now, wall), 0; });
    m.knows = 1;
    m.w.start(last);
    m.describe(last);
    m.knows = nodes;
    const auto began = m.w.seconds_now();
    const bool is_there = m.w.run_until_found(seconds{60}, milliseconds{20}, [&] {
      return m.at(last).gossip().table().summary() == m.at(0).gossip().table().summary();
    });
    longest = std::max(longest, is_there ? m.w.seconds_now() - began : 60);
    most_bytes = std::max(most_bytes, static_cast<double>(m.w.node(last).frame_bytes));
    m.w.crash(last);
    m.w.run_for(seconds{30});
  }
  return {"M9", "node " + std::to_string(nodes) + " joins: it has every record (member, node and backend of each)", "<= 2 s, <= 400 kB to and from it",
          "max " + text(longest, 2) + " s; max " + text(most_bytes / 1000, 0) + " kB", std::to_string(joins) + " joins, seed 9500",
          longest <= 2 && most_bytes <= 400e3};
}

row digests_heal(std::size_t nodes, nanoseconds apart, int times) {
  recorded_mesh m(nodes, 10500, false);
  m.bring_up(nodes);
  std::vector<double> took;
  std::size_t changes = 0;
  for (int t = 0; t < times; ++t) {
    for (std::uint32_t i = 0; i < nodes; ++i) m.w.net().put_in_group(i, i % 2);
    m.w.net().cut(0, 1);
    m.w.net().cut(1, 0);
    m.w.note_fault();
    for (const auto end = m.w.now() + apart; m.w.now() < end; m.w.run_for(seconds{1}), ++changes) m.change(static_cast<std::uint32_t>(m.w.chance().below(nodes)));
    m.w.net().heal();
    m.w.note_fault();
    m.w.relink([](std::uint32_t a, std::uint32_t b) { return a % 2 != b % 2; }, longest_dial_pause);
    const auto began = m.w.seconds_now();
    const bool is_equal = m.w.run_until_found(seconds{120}, milliseconds{50}, [&] { return m.are_equal(); });
    took.push_back(is_equal ? m.w.seconds_now() - began : 120);
    m.w.run_for(seconds{30});
  }
  const double most = quantile(took, 1.0);
  return {"M10", "two halves of " + std::to_string(nodes) + " nodes, apart for " + text(in_seconds(apart) / 60, 0) + " min: all digests equal", "<= 5 s",
          "max " + text(most, 2) + " s", std::to_string(times) + " partitions, " + std::to_string(changes) + " changes meanwhile, seed 10500", most <= 5};
}

}  // namespace

std::vector<measurement> record_rows() {
  return {{"M5", [](const table_options& o) { return update_spreads(o.is_long ? 1000 : 200, 0, 1, o.is_long ? 200 : 20); }},
          {"M5", [](const table_options& o) { return update_spreads(o.is_long ? 1000 : 200, 0.1, 2, o.is_long ? 200 : 20); }},
          {"M6", [](const table_options& o) { return everything_costs(100, 1, 24, o.is_long ? seconds{600} : seconds{60}); }},
          {"M6", [](const table_options& o) { return everything_costs(o.is_long ? 1000 : 300, 1, 64, o.is_long ? seconds{120} : seconds{30}); }},
          {"M9", [](const table_options& o) { return newcomer_records(o.is_long ? 1001 : 201, o.is_long ? 5 : 1); }},
          {"M10", [](const table_options& o) { return digests_heal(o.is_long ? 1000 : 100, o.is_long ? seconds{600} : seconds{60}, o.is_long ? 3 : 2); }}};
}

}  // namespace edgemesh::sim
