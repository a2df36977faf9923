// A mesh in a box: nodes that run production's machines, a network with faults, one clock, one seed. The same seed gives the same
// trace hash. One thread. Time starts at 1000 s, wall clocks in 2027.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/random_source.hpp"
#include "membership/evidence.hpp"
#include "membership/swim.hpp"
#include "tests/sim/event_queue.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/sim_node.hpp"
#include "tests/sim/watcher.hpp"

namespace edgemesh::sim {

struct world_options {
  std::size_t nodes = 7;
  std::size_t sites = 1;
  std::uint64_t seed = 1;
  membership::swim_options swim{};
  membership::swim_options far = membership::swim_options::wan();
  link_quality within_site{};
  link_quality between_sites{.latency = milliseconds{15}, .jitter = milliseconds{1}};
  bool counts_bytes = false;            ///< encodes every message; slower
  /// With a fault quieter than this long, nobody who runs may be held suspect or dead by anybody who runs. 0: not checked.
  nanoseconds settles_within{};
  /// Makes the second machine of a node that starts; null: membership alone.
  std::function<std::unique_ptr<sim_machine>(std::uint32_t node, const sim_node& self)> make_records{};
};

/// What went over the network since the last `forget_traffic`.
struct traffic {
  std::uint64_t messages = 0, frame_bytes = 0;
  std::uint64_t damaged = 0, damaged_accepted = 0;  ///< frames with a flipped bit, and those of them that were taken for sound
  std::uint64_t largest_frame = 0;
  std::array<std::uint64_t, std::variant_size_v<proto::message>> of_kind{};  ///< messages by their place in proto::message
  /// With a TLS record (22 bytes), TCP and IPv4 (40) around each frame.
  std::uint64_t wire_bytes() const noexcept { return frame_bytes + messages * 62; }
};

enum class crash_kind { process, power };  ///< the peers' links break at once, or stay silent

class world {
 public:
  explicit world(world_options options);

  // --- what happens to nodes
  void start(std::uint32_t node);
  void start_all(nanoseconds within = seconds{1});         ///< each at a random moment
  void start_later(std::uint32_t node, nanoseconds after);
  void crash(std::uint32_t node, crash_kind kind = crash_kind::power);
  void lose_disk(std::uint32_t node) { nodes_[node].disk = {}; }
  void leave(std::uint32_t node);
  void pause(std::uint32_t node, nanoseconds time);
  void slow_down(std::uint32_t node, nanoseconds per_message) { nodes_[node].handling = per_message.count(); touch(node); }
  void step_clock(std::uint32_t node, std::int64_t by_ms) { nodes_[node].wall_offset_ms += by_ms; }
  /// As if `from` had sent it: for nodes that lie.
  void inject(std::uint32_t from, std::uint32_t to, proto::message m);
  /// Something else arrived over the link from `from`.
  void link_traffic(std::uint32_t from, std::uint32_t to);
  /// After a healed partition: the links between nodes that could not reach each other open again, each after a random part of `within`.
  void relink(const std::function<bool(std::uint32_t, std::uint32_t)>& was_cut, nanoseconds within);
  network& net() noexcept { return net_; }
  /// Call it after changing the network, so that the checkers give the mesh time.
  void note_fault() noexcept { last_fault_ = now_; }

  // --- time
  void run_for(nanoseconds time) { run_until(now_ + time.count()); }
  /// False when `limit` came first.
  template <class Done>
  bool run_until_holds(nanoseconds limit, Done&& done) {
    const auto end = now_ + limit.count();
    while (!done())
      if (!step(end)) return done();
    return true;
  }
  /// As above, asking every `every`: for questions that cost much.
  template <class Done>
  bool run_until_found(nanoseconds limit, nanoseconds every, Done&& done) {
    for (const auto end = now_ + limit.count(); now_ < end;) {
      if (done()) return true;
      run_for(every);
    }
    return done();
  }
  static const mesh_id& mesh() noexcept;
  instant now() const noexcept { return from_ticks(now_); }
  double seconds_now() const noexcept { return static_cast<double>(now_) * 1e-9; }

  // --- what is seen
  std::size_t size() const noexcept { return nodes_.size(); }
  sim_node& node(std::uint32_t i) noexcept { return nodes_[i]; }
  /// Calls `f` with the node's second machine, of the type that make_records made, and sends what follows from it.
  template <class Machine, class F>
  auto with_records(std::uint32_t i, F&& f) {
    auto out = f(static_cast<Machine&>(*nodes_[i].records), now(), wall_ms(nodes_[i]));
    after(i);
    return out;
  }
  const watcher& seen() const noexcept { return seen_; }
  watcher& seen() noexcept { return seen_; }
  std::uint32_t index_of(const node_key& key) const { return index_.at(key); }
  std::size_t running() const noexcept;
  /// Every running node holds every running node alive, in its present life unless those do not count, and every other one not alive.
  bool are_views_equal(bool counts_lives = true) const;
  bool knows_present_life(std::uint32_t observer, std::uint32_t subject) const;
  std::uint64_t trace_hash() const noexcept { return trace_; }
  std::uint64_t events() const noexcept { return events_; }
  const traffic& sent() const noexcept { return sent_; }
  void forget_traffic() noexcept { sent_ = {}; }
  random_source& chance() noexcept { return chance_; }
  const world_options& options() const noexcept { return options_; }
  std::int64_t wall_ms(const sim_node& n) const noexcept { return 1'800'000'000'000 + now_ / 1'000'000 + n.wall_offset_ms; }

 private:
  struct letter { std::uint32_t from = 0; bool is_damaged = false; proto::message what; };

  bool step(std::int64_t end);
  void run_until(std::int64_t end);
  void happen(const event& e);
  void deliver(std::uint32_t node, std::uint32_t slot);
  void hand_over(sim_node& n, const letter& l);
  bool damage(letter& l);
  void run_timer(std::uint32_t node);
  void wake(std::uint32_t node);
  void after(std::uint32_t node);                 ///< takes the actions and sets the timer
  void send(std::uint32_t from, const node_key& to, proto::message&& m);
  void note(std::uint32_t observer, const membership::state_changed& c);
  void check_settled();
  void touch(std::uint32_t node) { nodes_[node].disturbed_at = last_fault_ = now_; }
  void trace(std::uint64_t word) noexcept;
  std::uint32_t keep(letter l);
  void link_neighbours();
  void open_links(std::uint32_t node);
  template <class F>
  void for_each_neighbour(std::uint32_t node, F&& f) const {
    if (!nodes_[node].neighbours.empty()) {
      for (const auto peer : nodes_[node].neighbours) f(peer);
      return;
    }
    for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer)
      if (peer != node) f(peer);
  }
  const std::string& site_name(std::uint32_t node) const;

  world_options options_;
  random_source chance_;
  std::vector<sim_node> nodes_;
  std::unordered_map<node_key, std::uint32_t> index_;
  network net_;
  watcher seen_;
  std::shared_ptr<membership::evidence_cache> evidence_;  // read and checked once in the whole world
  event_queue queue_;
  std::vector<letter> letters_;
  std::vector<std::uint32_t> free_letters_;
  traffic sent_;
  std::int64_t now_ = 1'000'000'000'000;
  std::int64_t last_fault_ = 0;
  std::uint64_t trace_ = 0, events_ = 0;
};

}  // namespace edgemesh::sim
