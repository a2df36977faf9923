// A few gossip machines and a network between them in virtual time: latency, loss, cut links; every message goes through its codec. The
// big one, with whole meshes, stands in tests/sim.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>

#include "replication/gossip.hpp"
#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {

class gossip_net {
 public:
  struct node {
    std::unique_ptr<fake_signing> keys;
    std::unique_ptr<gossip> machine;
    std::vector<record_learned> learned;
    std::vector<own_record_seen> seen;
    std::vector<content_hash> contents;
    std::map<proto::message_kind, int> sent;
    std::uint64_t records_sent = 0;
  };

  explicit gossip_net(std::uint64_t seed = 1, gossip_options options = {}) : options_(options), rng_(seed) {}

  record_writer w;
  instant now = instant{} + seconds{1000};
  double loss = 0;
  milliseconds latency{5};
  std::function<bool(int from, int to, const proto::message&)> is_passed = [](int, int, const proto::message&) { return true; };

  const proto::sealed_record& founding() {
    if (founding_.raw.empty()) founding_ = w.admit(0, 0, 0);
    return founding_;
  }
  /// Adds nodes 0 .. count-1, all admitted by node 0; they know nothing but the founding record's hash.
  void add(int count, std::uint64_t seed = 77) {
    for (int n = 0; n < count; ++n) start(n, seed + static_cast<std::uint64_t>(n));
  }
  node& start(int n, std::uint64_t seed) {
    auto& at = nodes_[n];
    at.keys = std::make_unique<fake_signing>(key_of(n));
    at.machine = std::make_unique<gossip>(gossip_setup{*at.keys, w.root_of(founding()), options_, seed});
    number_[key_of(n)] = n;
    return at;
  }
  node& operator[](int n) { return nodes_.at(n); }
  gossip& at(int n) { return *nodes_.at(n).machine; }

  void link(int a, int b) { links_.insert({std::min(a, b), std::max(a, b)}), tell_neighbours(a, b); }
  void cut(int a, int b) { links_.erase({std::min(a, b), std::max(a, b)}), tell_neighbours(a, b); }
  void link_all() {
    for (const auto& [a, x] : nodes_)
      for (const auto& [b, y] : nodes_)
        if (a < b) link(a, b);
  }
  bool publish(int n, const proto::sealed_record& r) {
    const bool ok = at(n).publish(r, now, wall());
    collect(n);
    return ok;
  }
  void deliver(int from, int to, const proto::message& m) {
    at(to).on_message(key_of(from), m, now, wall());
    collect(to);
  }
  std::int64_t wall() const { return start_ms + std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count() - 1'000'000; }

  void run(milliseconds time) {
    const auto end = now + time;
    while (true) {
      auto next = end;
      for (auto& [n, x] : nodes_) next = std::min(next, x.machine->next_due());
      if (!queue_.empty()) next = std::min(next, queue_.top().at);
      now = std::max(now, next);
      if (next >= end) break;
      for (auto& [n, x] : nodes_)
        if (x.machine->next_due() <= now) x.machine->tick(now, wall()), collect(n);
      while (!queue_.empty() && queue_.top().at <= now) {
        const auto m = queue_.top();
        queue_.pop();
        if (linked(m.from, m.to)) deliver(m.from, m.to, *m.what);
      }
      if (++steps_ > 5'000'000) break;
    }
  }
  bool is_converged() {
    for (const auto& [n, x] : nodes_)
      if (x.machine->table().summary() != nodes_.begin()->second.machine->table().summary()) return false;
    return true;
  }
  /// Runs until all digests are equal; how long that took.
  milliseconds run_until_equal(milliseconds most) {
    const auto begin = now;
    while (!is_converged() && now - begin < most) run(milliseconds{20});
    return std::chrono::duration_cast<milliseconds>(now - begin);
  }
  bool has(int n, const proto::sealed_record& r) {
    const auto* here = at(n).table().find(record_table::key_of(r));
    return here && *here == r;
  }
  int holders(const proto::sealed_record& r) {
    int count = 0;
    for (const auto& [n, x] : nodes_) count += has(n, r);
    return count;
  }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [n, x] : nodes_) sum += x.machine->counters().bytes_out;
    return sum;
  }
  int sent(proto::message_kind kind) const {
    int sum = 0;
    for (const auto& [n, x] : nodes_)
      if (const auto at = x.sent.find(kind); at != x.sent.end()) sum += at->second;
    return sum;
  }
  std::uint64_t steps() const { return steps_; }
  void reset_counts() {
    for (auto& [n, x] : nodes_) x.sent.clear(), x.records_sent = 0;
  }
  void collect(int n) {
    auto& x = nodes_.at(n);
    for (auto& a : x.machine->take_actions()) {
      if (auto* s = std::get_if<send_message>(&a)) carry(n, *s);
      else if (auto* l = std::get_if<record_learned>(&a)) x.learned.push_back(*l);
      else if (auto* o = std::get_if<own_record_seen>(&a)) x.seen.push_back(*o);
      else if (auto* c = std::get_if<content_learned>(&a)) x.contents.push_back(c->hash);
    }
  }

 private:
  struct in_flight {
    instant at;
    std::uint64_t serial;
    int from, to;
    std::shared_ptr<proto::message> what;
    bool operator<(const in_flight& other) const { return std::tie(at, serial) > std::tie(other.at, other.serial); }
  };
  bool linked(int a, int b) const { return links_.contains({std::min(a, b), std::max(a, b)}); }
  void tell_neighbours(int a, int b) {
    for (const int n : {a, b}) {
      std::vector<node_key> list;
      for (const auto& [x, y] : links_)
        if (x == n || y == n) list.push_back(key_of(x == n ? y : x));
      at(n).set_neighbours(list);
    }
    if (!linked(a, b)) return;
    at(a).on_neighbour_up(key_of(b), now), collect(a);
    at(b).on_neighbour_up(key_of(a), now), collect(b);
  }
  void carry(int from, const send_message& s) {
    auto& x = nodes_.at(from);
    ++x.sent[proto::kind_of(s.what)];
    if (const auto* r = std::get_if<proto::records>(&s.what)) x.records_sent += r->raw.size();
    const auto payload = proto::encode(s.what);
    if (payload.size() > proto::frame_max - 64) std::abort();  // would not fit a frame
    auto decoded = proto::decode(proto::kind_of(s.what), payload);
    if (!decoded) std::abort();
    const auto to = number_.find(s.to);
    if (to == number_.end() || rng_.uniform() < loss || !is_passed(from, to->second, s.what)) return;
    const auto jitter = milliseconds{rng_.below(static_cast<std::uint64_t>(latency.count()) + 1)};
    queue_.push({now + latency + jitter, ++serial_, from, to->second, std::make_shared<proto::message>(std::move(*decoded))});
  }

  gossip_options options_;
  random_source rng_;
  proto::sealed_record founding_;
  std::map<int, node> nodes_;
  std::map<node_key, int> number_;
  std::set<std::pair<int, int>> links_;
  std::priority_queue<in_flight> queue_;
  std::uint64_t serial_ = 0, steps_ = 0;
};

}  // namespace edgemesh::replication
