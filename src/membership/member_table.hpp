// What is held about each admitted member. Its state, the evidence for it, and when we last exchanged something. One thread; one
// entry per admitted member.
#pragma once
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "membership/evidence.hpp"
#include "membership/suspicion.hpp"
#include "membership/swim.hpp"

namespace edgemesh::membership {

struct member_entry {
  node_key key;
  member_state state = member_state::unknown;
  std::uint64_t incarnation = 0;          ///< the highest of all evidence
  instant since{};                        ///< of the state
  evidence_ptr liveness;                  ///< the subject's own word for `incarnation`; null while unknown
  evidence_ptr accusation;                ///< while suspect or dead
  std::unique_ptr<suspicion> doubt;       ///< while suspect
  instant first_known{};                  ///< when it stopped being unknown
  instant heard{};                        ///< last traffic from it
  instant answered{};                     ///< when somebody was last told, unasked, what is known about it
  instant greeted{}, asked{}, table_sent{};
  instant calmed{};                       ///< when an accusation of ours that came from it was last refuted
  std::uint64_t told_incarnation = 0;     ///< of ours, that it was told of `told` times
  int told = 0;
  std::optional<microseconds> round_trip;

  claim held() const noexcept { return {incarnation, state}; }
  bool is_living() const noexcept { return state == member_state::alive || state == member_state::suspect; }
};

class member_table {
 public:
  member_entry* find(const node_key& key) noexcept {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  /// Null when it is there already.
  member_entry* add(const node_key& key);
  void erase(const node_key& key);
  /// In the order of admission; the last takes the place of one that is erased.
  const std::vector<member_entry*>& all() const noexcept { return order_; }
  /// Changes the state and keeps the counts.
  void set_state(member_entry& m, member_state to, instant now);
  std::size_t living() const noexcept { return living_; }    ///< alive and suspect
  std::size_t unknown() const noexcept { return unknown_; }
  std::size_t dead() const noexcept { return dead_; }
  const std::vector<member_entry*>& suspects() const noexcept { return suspects_; }

 private:
  void count(const member_entry& m, std::size_t by);
  std::unordered_map<node_key, member_entry> entries_;
  std::vector<member_entry*> order_, suspects_;
  std::size_t living_ = 0, unknown_ = 0, dead_ = 0;
};

}  // namespace edgemesh::membership
