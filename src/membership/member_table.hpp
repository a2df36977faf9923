// What is held about each admitted member. Its state, the evidence for it, and when we last exchanged something. One thread; one
// entry per admitted member.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "membership/evidence.hpp"
#include "membership/suspicion.hpp"
#include "membership/swim.hpp"

namespace edgemesh::membership {

/// What every piece of news is compared with stands in the first 64 bytes: in a large mesh most of it is no news.
struct alignas(64) member_entry {
  node_key key;
  std::uint64_t incarnation = 0;          ///< the highest of all evidence
  instant since{};                        ///< of the state
  instant answered{};                     ///< when somebody was last told, unasked, what is known about it
  std::uint32_t slot = 0;                 ///< in the table
  std::uint16_t site = 0;                 ///< a number that the machine gave to its name
  member_state state = member_state::unknown;
  evidence_ptr liveness;                  ///< the subject's own word for `incarnation`; null while unknown
  evidence_ptr accusation;                ///< while suspect or dead
  std::unique_ptr<suspicion> doubt;       ///< while suspect
  instant first_known{};                  ///< when it stopped being unknown
  instant heard{};                        ///< last traffic from it
  instant greeted{}, asked{}, table_sent{};
  instant held_until{};                   ///< while suspect: the others are not told before; {}: they are
  double flaps = 0;                       ///< suspicions that it refuted, fading
  instant flapped{};
  instant calmed{};                       ///< when an accusation of ours that came from it was last refuted
  std::uint64_t told_incarnation = 0;     ///< of ours, that it was told of `told` times
  int told = 0;
  std::optional<microseconds> round_trip;

  claim held() const noexcept { return {incarnation, state}; }
  bool is_living() const noexcept { return state == member_state::alive || state == member_state::suspect; }
};

class member_table {
 public:
  /// Names this node itself, where subjects are named by slots.
  static constexpr std::uint32_t self_slot = 0;

  static std::uint64_t hash_of(const node_key& key) noexcept { return std::hash<node_key>{}(key); }
  member_entry* find(const node_key& key) noexcept { return find(key, hash_of(key)); }
  member_entry* find(const node_key& key, std::uint64_t hash) noexcept;
  /// Only slots that add() gave out and erase() did not take back.
  member_entry& at(std::uint32_t slot) noexcept { return *slots_[slot]; }
  /// Null when it is there already.
  member_entry* add(const node_key& key);
  void erase(const node_key& key);
  /// In the order of admission; the last takes the place of one that is erased.
  const std::vector<member_entry*>& all() const noexcept { return order_; }
  void set_site(member_entry& m, std::uint16_t site);
  void set_incarnation(member_entry& m, std::uint64_t incarnation);
  /// Changes the state and keeps the counts.
  void set_state(member_entry& m, member_state to, instant now);
  /// XOR over all who are known of a word of key, class (alive or suspect, left, dead) and, of those who live, which life it is: equal tables,
  /// equal summaries.
  std::uint64_t summary() const noexcept { return summary_; }
  static std::uint64_t summary_word(const node_key& key, member_state s, std::uint64_t incarnation) noexcept;
  std::size_t living() const noexcept { return living_; }    ///< alive and suspect
  std::size_t living_in(std::uint16_t site) const noexcept { return site < living_in_.size() ? living_in_[site] : 0; }
  std::size_t unknown() const noexcept { return unknown_; }
  std::size_t dead() const noexcept { return dead_; }
  const std::vector<member_entry*>& suspects() const noexcept { return suspects_; }

 private:
  struct place { std::uint64_t hash = 0; std::uint32_t slot = 0; };  // slot 0: free
  void count(const member_entry& m, std::size_t by);
  void lay_out();
  void put(std::uint64_t hash, std::uint32_t slot) noexcept;
  std::vector<place> places_;                          // open addressing, at most half full, a power of two
  std::vector<std::unique_ptr<member_entry>> slots_;   // [0] stays empty
  std::vector<std::uint32_t> free_slots_;
  std::vector<member_entry*> order_, suspects_;
  std::size_t living_ = 0, unknown_ = 0, dead_ = 0;
  std::vector<std::size_t> living_in_;                 // [site]
  std::uint64_t summary_ = 0;
};

}  // namespace edgemesh::membership
