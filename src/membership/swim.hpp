// Who is alive: SWIM with Lifeguard (Das et al. 2002; Dadgar et al., arXiv 1707.00788) as a machine without I/O. Time,
// chance, signatures and the list of admitted members are passed in; what it wants done comes out as actions. The same code runs in
// the membership actor and in the simulator. One thread. Memory: one entry per admitted member, a bounded queue of news.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"
#include "membership/swim_options.hpp"
#include "proto/messages.hpp"
#include "proto/signing.hpp"

namespace edgemesh::membership {

/// At equal incarnation a later one outranks an earlier one: dead > left > suspect > alive.
enum class member_state : std::uint8_t { unknown, alive, suspect, left, dead };
std::string_view name_of(member_state s) noexcept;

struct send_message { node_key to; proto::message what; };
/// What another node is held to be has changed.
struct state_changed { node_key who; member_state from, to; std::uint64_t incarnation = 0; };
/// Our incarnation rose (somebody suspected us, or an older life of ours is remembered): to be stored before it is used again.
struct incarnation_raised { std::uint64_t to = 0; };
/// Another direct probe was answered; smoothed.
struct round_trip_measured { node_key who; microseconds took; };
using action = std::variant<send_message, state_changed, incarnation_raised, round_trip_measured>;

class evidence_cache;

struct swim_setup {
  const proto::signing& keys;
  mesh_id mesh;
  swim_options options;         ///< within this node's site, and of everything that has no place
  std::uint64_t seed = 1;
  std::uint64_t incarnation = 1;  ///< of this life: above every earlier one as far as the disk knows (max(disk + 2, Unix seconds))
  std::shared_ptr<evidence_cache> evidence{};  ///< null: its own. Machines on one thread may share what was read and checked
  swim_options far_options = swim_options::wan();  ///< of probes and suspicions between sites
};

/// One member as it is held here; for `peers`, metrics and the checkers of the simulator.
struct member_view {
  node_key key;
  member_state state = member_state::unknown;
  std::uint64_t incarnation = 0;
  instant since{};                        ///< of the state
  std::optional<microseconds> round_trip; ///< smoothed, of direct probes
};

struct swim_counters {
  std::uint64_t probes = 0, probe_failures = 0, suspicions_raised = 0, suspicions_heard = 0, refutations = 0, deaths = 0,
                bad_records = 0, ignored_accusations = 0;
};

class swim {
 public:
  explicit swim(swim_setup setup);
  ~swim();
  swim(const swim&) = delete;
  swim& operator=(const swim&) = delete;

  /// The roster decides who exists, and where. Messages of, and records about, anybody else are ignored. For who is admitted already
  /// only the site counts; for this node itself too.
  void admit(const node_key& who, instant now, std::string_view site = {});
  void expel(const node_key& who);
  /// Whom to probe and to tell news: the nodes that this one holds links to. Empty: every member (small meshes).
  void set_neighbours(std::vector<node_key> neighbours);

  void on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms);
  /// A live link with traffic counts as an answer (a direct probe need not be sent or waited for).
  void on_link_traffic(const node_key& from, instant now);
  /// The link broke: this node is probed next. No verdict.
  void on_link_lost(const node_key& who, instant now);
  void tick(instant now, std::int64_t wall_ms);
  /// When tick() is due next.
  instant next_due() const noexcept;
  /// Tells everybody that this node leaves of its own will.
  void leave(instant now, std::int64_t wall_ms);

  /// What is to be done since the last call, in order.
  std::vector<action> take_actions();

  member_state state_of(const node_key& who) const noexcept;
  /// Nothing about itself and about who is not admitted.
  std::optional<member_view> member(const node_key& who) const;
  std::vector<member_view> members() const;
  std::uint64_t incarnation() const noexcept;
  int health_score() const noexcept;  ///< 0: healthy; up to options.health_max - 1
  const swim_counters& counters() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace edgemesh::membership
