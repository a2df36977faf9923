// Inside the membership actor: the SWIM machine, its clock, and the way of its messages to other nodes. On a loop of its own where
// nothing slow happens: a node that answers late is taken for dead. Actor only.
//
// A raised incarnation is on the disk before any message that could carry it goes out: until the store has answered, messages wait
// (`held_max`; the oldest goes first, the mesh lives with loss).
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "actors/mesh/link_transport.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"

namespace edgemesh::actors {

struct membership_deps {
  membership::swim_setup setup;
  std::function<std::int64_t()> wall_ms;                              ///< Unix milliseconds
  std::function<void(const node_key&)> want_link;
  std::function<void(const membership::state_changed&)> changed;      ///< on the actor's thread
  store_actor store;
  std::function<void(const clock_seen&)> clock_seen_at{};             ///< on the actor's thread
  std::function<void(const node_key&, microseconds)> measured{};      ///< a round trip, smoothed; on the actor's thread
};

class membership_state {
 public:
  using self_pointer = membership_actor::stateful_pointer<membership_state>;
  static inline const char* name = "membership";
  static constexpr std::size_t held_max = 1024;
  static constexpr milliseconds clock_pause{10000};
  explicit membership_state(self_pointer self) : self_(self) {}
  membership_state(const membership_state&) = delete;
  membership_state& operator=(const membership_state&) = delete;

  void start(membership_deps deps);
  void on_link_up(const link_up& m);
  void on_link_down(const link_down& m);
  void on_frame(const frame_arrived& m);
  void on_members(const members_told& m);
  void on_neighbours(const neighbours_told& m);
  void on_due(const swim_due& m);
  void on_stored(const incarnation_stored& m);
  void on_leave();
  void on_rekeyed(const membership_rekeyed& m);
  void on_inspect(const inspect_membership& m) const;

 private:
  instant now() const;
  void act();
  void send(const membership::send_message& m);
  void note_clock(const node_key& from, const proto::message& m);
  void store_incarnation(std::uint64_t to);
  void arm();

  self_pointer self_;
  std::optional<membership_deps> deps_;
  net::shared_identity identity_;  // once it is another one than in deps_
  std::unique_ptr<membership::swim> swim_;
  std::unique_ptr<link_transport> transport_;
  std::set<node_key> admitted_;
  std::deque<membership::send_message> held_;
  std::uint64_t unstored_ = 0;  // the incarnation that the store is asked to keep; 0: none
  std::map<node_key, instant> clocks_seen_;  // of members
  std::uint64_t alarm_ = 0;
  instant armed_for_{};
};

membership_actor::behavior_type membership(membership_actor::stateful_pointer<membership_state> self, membership_deps deps);
membership_actor spawn_membership(actor_home home, membership_deps deps);

}  // namespace edgemesh::actors
