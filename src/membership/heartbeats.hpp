// Whether the nodes that requests wait for still answer: each link with work outstanding is asked every interval, and a node whose oldest
// unanswered beat is older than three intervals and its round trips is silent until it answers again (mesh.md 1.4, routing suspicion). A local,
// quick and reversible opinion beside membership's slow one: nobody else hears of it. Pure; one thread. Memory: one entry per link.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::membership {

struct heartbeat_options {
  milliseconds interval{100};
  int missed_max = 3;
  int idle_ticks = 20;                      ///< with nothing outstanding, before the ticking ends
  milliseconds round_trip_unmeasured{100};  ///< taken for a round trip that nobody has measured yet
};

class heartbeats {
 public:
  static constexpr std::uint32_t first_sequence = 2;  ///< below are others' (links_state asks with 1)

  struct way {
    bool is_busy = false;                    ///< requests wait for this node
    std::optional<microseconds> round_trip;
  };
  struct beat { node_key to; std::uint32_t sequence = 0; };
  struct round {
    std::vector<beat> beats;                 ///< to be sent
    std::vector<node_key> silent;            ///< that have become so
    bool goes_on = true;                     ///< tick() again after the interval; else nothing is outstanding
  };

  explicit heartbeats(heartbeat_options options = {}) : options_(options) {}
  void link_up(const node_key& peer) { links_.try_emplace(peer); }
  void link_down(const node_key& peer) { links_.erase(peer); }
  /// `look` says how the way to each linked node is.
  round tick(instant now, const std::function<way(const node_key&)>& look);
  /// An answer. True when the node was silent and is back.
  bool answered(const node_key& peer, std::uint32_t sequence);

 private:
  static constexpr std::uint32_t remembered = 64;
  struct state {
    std::uint32_t next = first_sequence;                 // the next beat's
    std::uint32_t oldest_unanswered = first_sequence;    // == next: all are answered
    std::array<instant, remembered> sent{};              // by sequence; of more than that the newest
    bool is_silent = false;
  };
  bool is_overdue(const state& s, const way& w, instant now) const;
  void send(const node_key& peer, state& s, instant now, round& r) const;

  heartbeat_options options_;
  std::map<node_key, state> links_;
  instant last_tick_{};
  int idle_ = 0;
};

}  // namespace edgemesh::membership
