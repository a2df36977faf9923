// The inside of swim, shared by the sources that implement it: swim.cpp (doors), swim_evidence.cpp (what records do to the
// table), swim_probing.cpp (probes and relays), swim_telling.cpp (news, answers, refreshing). One thread. Bounds are the constants below.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/random_source.hpp"
#include "membership/accuser_credit.hpp"
#include "membership/evidence.hpp"
#include "membership/local_health.hpp"
#include "membership/member_table.hpp"
#include "membership/news_queue.hpp"
#include "membership/round_trips.hpp"
#include "membership/shuffled_ring.hpp"
#include "membership/swim.hpp"

namespace edgemesh::membership {

inline constexpr std::size_t piggyback_max = 6;      ///< records of news that ride on a ping or an ack
inline constexpr std::size_t relays_max = 64;        ///< probes on behalf of others under way
inline constexpr std::size_t probes_max = 16;        ///< own probes under way
inline constexpr std::size_t urgent_max = 64;        ///< members to be probed before their turn
inline constexpr int eager_rounds = 1;               ///< of gossip that news gets messages of its own for; then it rides on pings and acks
inline constexpr std::size_t small_mesh_max = 32;    ///< members below which every message is cheap
inline constexpr std::size_t backlog_max = 32;       ///< more news than could ride on pings and acks goes by itself all the way
inline constexpr seconds quiet_refutation_pause{5};
inline constexpr double flaps_unheld_max = 2;        ///< with fewer refutations of late a suspicion is told at once
inline constexpr seconds hold_back_max{4};           ///< for which a suspicion of one that flaps is kept back
inline constexpr int greetings_per_interval = 3;     ///< to members never heard of, while nobody is known
inline constexpr int lost_contact_intervals = 4;     ///< probe intervals between attempts to reach somebody dead or unknown
inline constexpr int tables_asked_min = 2;           ///< so many neighbours are asked for all they know after a start
inline constexpr int differing_acks_max = 3;         ///< in a row from nodes that know other things: then one of them is asked
inline constexpr seconds quiet_before_compare{2};    ///< without a change here: until then news is under way
inline constexpr seconds table_pause_min{10}, table_pause_max{3600};  ///< between such questions; doubled while they change nothing
inline constexpr std::size_t early_max = 64;         ///< proofs of life of nodes that are not admitted yet
inline constexpr std::size_t sites_max = 65535;      ///< further ones count as one site
inline constexpr std::size_t evidence_kept = 8192;   ///< records that are remembered as read and checked; about 350 bytes each

/// A direct probe, then helpers, then a verdict.
struct probe {
  node_key target;
  std::uint64_t life = 0;  ///< the target's when it was asked: another one has not been asked yet
  std::uint32_t sequence = 0;
  instant sent{}, indirect_at{}, ends{};
  bool is_indirect = false;
  std::vector<node_key> helpers;
  std::vector<node_key> nacked;
};
/// A probe on behalf of `origin`.
struct relay {
  node_key origin, target;
  std::uint32_t origin_sequence = 0, sequence = 0;
  instant nack_at{};
  bool has_nacked = false;
  instant ends{};
};

struct swim::parts {
  explicit parts(swim_setup s);

  static constexpr auto self_slot = member_table::self_slot;

  // swim.cpp
  void start(instant now);
  void absorb_lag(instant now);
  instant next_due() const noexcept;
  void push(action a) { actions.push_back(std::move(a)); }
  void send(const node_key& to, proto::message what) { push(send_message{to, std::move(what)}); }
  void rebuild_rings();
  bool is_target(const node_key& key) const;
  std::uint16_t number_of(std::string_view site);
  bool is_far(const member_entry& m) const noexcept { return m.site != own_site; }
  const swim_options& options_for(const member_entry& m) const noexcept { return is_far(m) ? setup.far_options : setup.options; }

  // swim_evidence.cpp
  void hear(member_entry& from, const std::vector<std::string>& updates);
  void hear_liveness(member_entry& from, const evidence_ptr& e, bool is_accused_next);
  void hear_accusation(member_entry& from, const evidence_ptr& e);
  void hear_of_self(member_entry& from, const evidence_ptr& e);
  void hear_verdict(const member_entry& from, member_entry& m, const evidence_ptr& e);
  bool is_table_answer(const member_entry& from) const noexcept;
  bool is_believed(const evidence& e);
  bool verified(const evidence& e);
  void become(member_entry& m, member_state to);
  void doubt(member_entry& m, const evidence_ptr& accusation);
  void remember_early(const evidence_ptr& e);
  void hear_early(member_entry& m);
  suspicion_terms terms_for(const member_entry& m) const noexcept;
  bool is_near(const node_key& accuser, const member_entry& m) noexcept;
  void bury(member_entry& m, const evidence_ptr& accusation);
  void accuse(member_entry& m);           ///< our own probe failed
  void look_for(member_entry& m);
  void end_suspicions();
  void refute(member_entry& from, const evidence_ptr& e);
  void outlive(const evidence& older);
  double flaps_of(const member_entry& m) const noexcept;
  void note_flap(member_entry& m, const evidence& refutation);
  void raise_incarnation(std::uint64_t to);
  evidence_ptr sign_liveness(bool is_leaving);
  evidence_ptr sign_accusation(const member_entry& m, proto::accused_of verdict);
  void credit_refutation(const member_entry& m, const evidence& refutation);

  // swim_probing.cpp
  void probe_next();
  bool start_probe(const node_key& key);
  void greet(member_entry& m);
  void reach_lost();
  void on_ping(member_entry& from, const proto::ping& p);
  void on_ack(member_entry& from, const proto::ack& a);
  void on_nack(const member_entry& from, const proto::nack& n);
  void on_ping_request(member_entry& from, const proto::ping_request& r);
  void advance_probes();
  void advance_relays();
  void ask_helpers(probe& p);
  void judge(const probe& p);
  nanoseconds probe_timeout(bool far) const noexcept;
  nanoseconds probe_window(const member_entry& m) const noexcept;
  bool is_heard_lately(const member_entry& m) const noexcept;
  nanoseconds interval() const noexcept { return setup.options.probe_interval; }
  std::vector<member_entry*> choose_helpers(const member_entry& beside);

  // swim_telling.cpp
  void on_rumours(member_entry& from, const proto::rumours& r);
  void tell_news();
  void add_news(std::uint32_t subject);
  void add_lesser_news(std::uint32_t subject);
  void answer_later(std::uint32_t subject) { to_answer.push_back(subject); }
  void tell_if_due(member_entry& m, nanoseconds pause);
  void append(std::vector<std::string>& updates, std::uint32_t subject);
  void append_own(std::vector<std::string>& updates, member_entry& to);
  void append_answers(std::vector<std::string>& updates);
  void append_news(std::vector<std::string>& updates, std::size_t room);
  void append_refresh(std::vector<std::string>& updates);
  std::vector<std::string> updates_for(member_entry& to);
  void ask_table(member_entry& of);
  void note_change_since(std::uint64_t summary_before);
  void compare_tables(member_entry& with, std::uint64_t summary);
  std::uint64_t summary() const noexcept;
  void release_held_news();
  void watch_doubt(const member_entry& m);
  void send_table(member_entry& to);
  void renew_accusation(member_entry& m);
  int tell_limit() const noexcept;
  int eager_told() const noexcept { return std::min(eager_rounds * setup.options.gossip_fanout, tell_limit() - 1); }

  swim_setup setup;
  node_key self;
  std::shared_ptr<evidence_cache> cache;
  random_source chance;
  local_health health;
  swim_counters counts;
  member_table table;
  news_queue news;
  accuser_credit credit;
  round_trips trips, far_trips;                 // of probes in this node's site, and into others
  std::map<std::string, std::uint16_t, std::less<>> sites{{"", 0}};  // that were ever named; at most sites_max
  std::uint16_t own_site = 0;
  std::vector<node_key> neighbours;             // empty: everybody
  shuffled_ring probe_ring, gossip_ring, lost_ring;
  std::vector<node_key> urgent;
  std::vector<probe> probes;
  std::vector<relay> relays;
  std::vector<action> actions;
  std::vector<std::uint32_t> to_answer;         // subjects about which the sender of the current message is behind
  std::vector<evidence_ptr> early;              // the oldest first; unchecked until their subject is admitted
  evidence_ptr own_liveness;
  std::uint64_t incarnation;
  std::uint64_t own_sequence = 0;
  std::uint32_t probe_sequence = 0;
  bool is_eager = false;                        // there is news that does not wait for pings and acks
  bool is_started = false, is_leaving = false, sender_told_itself = false;
  instant now{};                                // of the current call
  std::int64_t wall_ms = 0;
  instant probe_at{}, gossip_at{}, gossiped{}, lost_at{};
  instant doubts_at = instant::max();           // not after the first deadline of a suspicion or of news kept back
  instant window_at{};                          // of the cap on suspicions
  int suspicions_in_window = 0;
  int tables_asked = 0;
  instant ask_table_at{}, changed_at{};         // changed: who is alive, left or dead
  seconds table_pause = table_pause_min;
  int differing_acks = 0;
  std::size_t refresh_next = 0;
  bool refresh_turn = false;
};

}  // namespace edgemesh::membership
