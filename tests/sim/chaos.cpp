#include "tests/sim/chaos.hpp"

namespace edgemesh::sim {
namespace {

class tormentor {
 public:
  tormentor(world& w, std::uint64_t seed) : w_(w), chance_(seed * 31 + 17) {}

  void strike() {
    const auto i = static_cast<std::uint32_t>(chance_.below(w_.size()));
    switch (chance_.below(12)) {
      case 0: return w_.crash(i, crash_kind::power);
      case 1: return w_.crash(i, crash_kind::process);
      case 2:
        w_.crash(i);
        return w_.lose_disk(i);
      case 3:
      case 4: return revive(i);
      case 5: return w_.pause(i, random_time(seconds{10}));
      case 6: return split();
      case 7: return make_worse(i);
      case 8: return w_.step_clock(i, static_cast<std::int64_t>(chance_.below(4'000'000'000'000)) - 2'000'000'000'000);
      case 9: return w_.slow_down(i, random_time(milliseconds{100}));
      case 10: return restart_many();
      default: return calm(i);
    }
  }
  nanoseconds random_time(nanoseconds most) {
    return nanoseconds(static_cast<std::int64_t>(chance_.uniform() * static_cast<double>(most.count())));
  }
  /// Everything is whole again and everybody runs.
  void make_peace() {
    w_.net().heal();
    for (std::uint32_t i = 0; i < w_.size(); ++i) {
      calm(i);
      revive(i);
    }
    w_.note_fault();
  }

 private:
  void revive(std::uint32_t i) {
    if (!w_.node(i).is_running()) w_.start(i);
  }
  void calm(std::uint32_t i) {
    w_.net().set_own_quality(i, std::nullopt);
    w_.slow_down(i, {});
  }
  void split() {
    if (chance_.below(3) == 0) {
      w_.net().heal();
    } else {
      for (std::uint32_t i = 0; i < w_.size(); ++i) w_.net().put_in_group(i, chance_.below(2));
      w_.net().cut(0, 1);
      if (chance_.below(2) == 0) w_.net().cut(1, 0);
    }
    w_.note_fault();
  }
  void make_worse(std::uint32_t i) {
    link_quality q;
    q.latency = random_time(milliseconds{200});
    q.jitter = random_time(milliseconds{50});
    q.loss = chance_.uniform() * 0.5;
    q.duplication = chance_.uniform() * 0.2;
    q.corruption = chance_.uniform() * 0.05;
    q.reordering = chance_.uniform() * 0.3;
    w_.net().set_own_quality(i, q);
    w_.note_fault();
  }
  void restart_many() {
    for (std::uint32_t i = 0; i < w_.size(); ++i) {
      if (chance_.below(3) != 0) continue;
      w_.crash(i);
      if (chance_.below(2) == 0) w_.lose_disk(i);
      w_.start_later(i, random_time(seconds{15}));
    }
  }
  world& w_;
  random_source chance_;
};

/// Who holds whom for what it is not, for the message of a test that failed.
std::vector<std::string> disagreements(world& w) {
  std::vector<std::string> out;
  for (std::uint32_t i = 0; i < w.size(); ++i)
    for (std::uint32_t j = 0; j < w.size() && out.size() < 10; ++j) {
      if (i == j || w.seen().held(i, j) == membership::member_state::alive) continue;
      const auto held = *w.node(i).life->member(w.node(j).keys.own_key());
      out.push_back("node " + std::to_string(i) + " holds node " + std::to_string(j) + " " + std::string(name_of(held.state)) + " at " +
                    std::to_string(held.incarnation) + "; its life began with " + std::to_string(w.node(j).first_incarnation));
    }
  return out;
}

}  // namespace

chaos_result run_chaos(std::uint64_t seed, const chaos_options& options) {
  world w({.nodes = options.nodes, .sites = options.nodes > 20 ? 3u : 2u, .seed = seed});
  tormentor torment(w, seed);
  chaos_result r{.seed = seed, .violations = {}};
  w.start_all();
  w.run_for(seconds{5});
  for (const auto end = w.now() + options.duration; w.now() < end; ++r.faults) {
    torment.strike();
    w.run_for(torment.random_time(2 * options.between_faults));
  }
  torment.make_peace();
  const auto peace = w.now();
  if (w.run_until_found(options.peace_max, milliseconds{100}, [&] { return w.are_views_equal(false); }))
    r.settled_after_s = std::chrono::duration<double>(w.now() - peace).count();
  r.violations = w.seen().violations();
  if (r.settled_after_s < 0)
    for (auto& line : disagreements(w)) r.violations.push_back(std::move(line));
  r.trace = w.trace_hash();
  return r;
}

}  // namespace edgemesh::sim
