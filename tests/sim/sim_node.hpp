// One simulated node: its machines, its disk, its clocks and what is wrong with it. The world moves it; nothing here has a thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "membership/swim.hpp"
#include "proto/messages.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::sim {

using send_function = std::function<void(const node_key& to, proto::message&& what)>;

/// A machine beside membership on the same node, such as replication: gets every message that membership does not take.
class sim_machine {
 public:
  virtual ~sim_machine() = default;
  virtual void on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms) = 0;
  virtual void set_neighbours(std::vector<node_key> neighbours) = 0;
  virtual void on_neighbour_up(const node_key& who, instant now) = 0;
  virtual void tick(instant now, std::int64_t wall_ms) = 0;
  virtual instant next_due() const noexcept = 0;
  /// Hands over what is to be sent and digests its other actions itself.
  virtual void drain(const send_function& send) = 0;
};

/// What survives a restart, unless the disk is lost.
struct sim_disk {
  std::uint64_t incarnation = 0;
};

struct sim_node {
  explicit sim_node(std::uint64_t number) : keys(testing::fake_signing::of(number)) {}

  testing::fake_signing keys;
  std::vector<std::uint32_t> neighbours;       ///< empty: everybody
  std::unique_ptr<membership::swim> life;      ///< null while it does not run
  std::unique_ptr<sim_machine> records;        ///< null: none is simulated
  sim_disk disk;
  std::uint64_t first_incarnation = 0;         ///< of the present life
  std::uint64_t highest_incarnation = 0;       ///< that any of its lives signed
  std::int64_t wall_offset_ms = 0;
  std::uint64_t lives = 0;
  std::uint64_t frame_bytes = 0;               ///< sent by it and to it, where bytes are counted

  std::int64_t timer_at = INT64_MAX;           ///< of the timer event that counts
  std::int64_t paused_until = 0;
  std::int64_t disturbed_at = 0;               ///< last start, pause or crash
  std::int64_t handling = 0;                   ///< nanoseconds that one message costs it; a slow node's is large
  std::int64_t busy_until = 0;
  std::vector<std::uint32_t> inbox;            ///< message slots that wait for it to wake up

  bool is_running() const noexcept { return life != nullptr; }
  bool is_awake(std::int64_t now) const noexcept { return is_running() && now >= paused_until; }
};

}  // namespace edgemesh::sim
