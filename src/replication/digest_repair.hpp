// When to compare digests with whom, and the conversation that mends a difference. Whoever asks (a digest without buckets) hears nothing when
// the summaries are equal; else it gets the other's 256 buckets, sends the key lists of those that differ, a few at a time, and the other
// side answers each list with the records that the list lacks or has older, and with a want for those that it lacks itself.
//
// Questions are paced (one per step), conversations that this node leads are held one at a time: a node that comes back
// after a long time does not fetch everything from everybody, nor is it sent everybody's lists. What a conversation taught is no news to be pushed; instead the other
// neighbours are asked for their digests when it is over. Pure; one owner. Bounded: one entry per neighbour.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/messages.hpp"

namespace edgemesh::replication {

struct repair_options {
  milliseconds digest_interval{30000};  ///< +- 20 %: one random neighbour is asked
  milliseconds step{100};               ///< between questions, and between groups of key lists
  std::size_t lists_per_step = 64;
  milliseconds quiet{500};              ///< a conversation is over when nothing came of it for so long
  int answers_per_quiet = 2;        ///< differing digests that are answered in that time; the others are asked later by this node
  milliseconds retry{1000};             ///< a question is asked again after this, twice at most, unless there was a sign of life
};

class digest_repair {
 public:
  using buckets = std::array<std::uint64_t, proto::digest_buckets>;
  struct ask { node_key to; };                                  ///< send a digest question
  struct lists { node_key to; std::vector<std::uint16_t> of; }; ///< send the key lists of these buckets
  struct step { std::optional<ask> question; std::optional<lists> key_lists; };
  enum class reply : std::uint8_t { none, buckets };

  digest_repair(const node_key& self, repair_options options) : self_(self), options_(options) {}
  void set_neighbours(std::span<const node_key> neighbours);
  void use_key(const node_key& self) { self_ = self; }
  void neighbour_up(const node_key& who, instant now) { plan(who, now, 3); }
  /// Ask soon: something from this neighbour could not be taken.
  void doubt(const node_key& who, instant at) { plan(who, at, 1); }
  /// A digest question came.
  reply asked_by(const node_key& who, bool is_equal, instant now);
  /// Its buckets came: the conversation begins, unless another one is going on.
  void answered_by(const node_key& who, std::span<const std::uint64_t> theirs, const buckets& ours, instant now);
  bool is_talking_with(const node_key& who) const noexcept { return talk_ && talk_->with == who; }
  /// A conversation taught something new.
  void learned_from(const node_key& who, instant now);
  step take_due(instant now, random_source& rng);
  instant next_due() const noexcept;

 private:
  struct question { instant at{}; int times = 1; };
  struct conversation {
    node_key with;
    std::vector<std::uint16_t> left;
    instant next_step{}, over_at{};
    int times_left = 0;  // that the question would have been repeated
    bool has_taught = false;
  };
  void plan(const node_key& who, instant at, int times);
  void end_talk(instant now);
  void plan_followers(instant now, random_source& rng);
  bool has_answer_left(instant now);
  std::optional<ask> take_question(instant now);

  node_key self_;
  repair_options options_;
  std::vector<node_key> neighbours_;
  std::map<node_key, question> questions_;
  std::map<node_key, instant> asked_at_;     // open questions of ours
  std::optional<conversation> talk_;
  std::optional<std::pair<instant, node_key>> follow_up_;  // when to ask the others, because of whom
  instant answers_since_{};                  // of the count below
  int answers_ = 0;
  instant next_question_{};
  std::optional<instant> next_round_;  // drawn by the first step
};

}  // namespace edgemesh::replication
