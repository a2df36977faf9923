// A swim machine under a test's thumb: fake keys, a clock that the test moves, and the actions sorted by kind. Other nodes are
// played by the test: it signs in their name. One thread.
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "membership/swim.hpp"
#include "proto/records.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::membership::testing {

using edgemesh::testing::fake_signing;

inline const mesh_id rig_mesh{{7, 7, 7}};
inline node_key key(std::uint64_t n) { return fake_signing::key(n); }

inline std::string liveness_of(std::uint64_t n, std::uint64_t incarnation, bool is_leaving = false) {
  const auto keys = fake_signing::of(n);
  return proto::seal({keys, rig_mesh, {incarnation, is_leaving}, 0}, proto::liveness_body{incarnation, is_leaving}).raw;
}
inline std::string accusation_by(std::uint64_t accuser, std::uint64_t subject, std::uint64_t incarnation,
                                 proto::accused_of verdict = proto::accused_of::suspect) {
  const auto keys = fake_signing::of(accuser);
  return proto::seal({keys, rig_mesh, {1, 1}, 0}, proto::accusation_body{key(subject), incarnation, verdict}).raw;
}

struct told {
  node_key to;
  proto::message what;
};

class rig {
 public:
  explicit rig(std::uint64_t others, swim_options options = {}, std::uint64_t incarnation = 10)
      : keys(fake_signing::of(0)), machine({keys, rig_mesh, options, 1, incarnation}) {
    for (std::uint64_t n = 1; n <= others; ++n) machine.admit(key(n), now);
  }

  /// Everybody is alive with incarnation 1.
  void meet_all(std::uint64_t others) {
    for (std::uint64_t n = 1; n <= others; ++n) hear(n, {liveness_of(n, 1)});
    pass(microseconds{1});
    settle();
  }
  void hear(std::uint64_t from, std::vector<std::string> updates) { say(from, proto::rumours{std::move(updates)}); }
  void say(std::uint64_t from, const proto::message& m) {
    machine.on_message(key(from), m, now, 0);
    collect();
  }
  /// Time passes; the machine's timers run when they are due.
  void pass(nanoseconds time) {
    const auto end = now + time;
    while (machine.next_due() <= end) {
      now = std::max(now, machine.next_due());
      machine.tick(now, 0);
      collect();
    }
    now = end;
  }
  /// Time passes and those who are pinged answer.
  void pass_answering(nanoseconds time, std::vector<std::uint64_t> who) {
    const auto end = now + time;
    while (machine.next_due() <= end) {
      now = std::max(now, machine.next_due());
      machine.tick(now, 0);
      const auto before = sent.size();
      collect();
      for (std::size_t i = before; i < sent.size(); ++i) answer(told(sent[i]), who);
    }
    now = end;
  }
  /// Forgets what was recorded so far.
  void settle() {
    sent.clear();
    states.clear();
    raised.clear();
  }
  void collect() {
    for (auto& a : machine.take_actions()) {
      if (auto* m = std::get_if<send_message>(&a)) sent.push_back({m->to, std::move(m->what)});
      if (auto* s = std::get_if<state_changed>(&a)) states.push_back(*s);
      if (auto* r = std::get_if<incarnation_raised>(&a)) raised.push_back(r->to);
    }
  }
  member_state state(std::uint64_t n) const { return machine.state_of(key(n)); }
  std::uint64_t incarnation(std::uint64_t n) const {
    for (const auto& m : machine.members())
      if (m.key == key(n)) return m.incarnation;
    return 0;
  }
  template <class Message>
  std::vector<std::pair<node_key, Message>> all() const {
    std::vector<std::pair<node_key, Message>> out;
    for (const auto& t : sent)
      if (const auto* m = std::get_if<Message>(&t.what)) out.emplace_back(t.to, *m);
    return out;
  }
  /// Was this record sent to that node, in any message?
  bool has_told(std::uint64_t n, const std::string& raw) const {
    return std::ranges::any_of(sent, [&](const told& t) { return t.to == key(n) && holds(t.what, raw); });
  }
  std::size_t times_told(const std::string& raw) const {
    return static_cast<std::size_t>(std::ranges::count_if(sent, [&](const told& t) { return holds(t.what, raw); }));
  }
  static const std::vector<std::string>& updates_of(const proto::message& m) {
    static const std::vector<std::string> none;
    if (const auto* x = std::get_if<proto::ping>(&m)) return x->updates;
    if (const auto* x = std::get_if<proto::ack>(&m)) return x->updates;
    if (const auto* x = std::get_if<proto::rumours>(&m)) return x->updates;
    if (const auto* x = std::get_if<proto::ping_request>(&m)) return x->updates;
    return none;
  }
  static bool holds(const proto::message& m, const std::string& raw) { return std::ranges::count(updates_of(m), raw) > 0; }

  fake_signing keys;
  swim machine;
  instant now{seconds{1000}};
  std::vector<told> sent;
  std::vector<state_changed> states;
  std::vector<std::uint64_t> raised;

 private:
  void answer(const told& t, const std::vector<std::uint64_t>& who) {
    const auto* ping = std::get_if<proto::ping>(&t.what);
    if (!ping) return;
    for (const auto n : who)
      if (t.to == key(n)) say(n, proto::ack{ping->sequence, 0, {}});
  }
};

}  // namespace edgemesh::membership::testing
