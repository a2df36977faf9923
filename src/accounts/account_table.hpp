// What a node knows of all keys and groups: their registers by id, and who stands under whom, which group has which name, which key a hash
// opens. Keeps no clear secret; a key that is over stays, so that it stays over. One owner; bounded by keys_max and groups_max.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/subject.hpp"
#include "admission/key_ring.hpp"
#include "domain/data_class.hpp"

namespace edgemesh::accounts {

class account_table {
 public:
  static constexpr std::size_t keys_max = admission::key_ring::keys_max, groups_max = 100'000;
  static constexpr std::size_t chain_max = 16;  ///< groups above each other; two by the rules, more by edits side by side

  using id_set = std::set<std::string, std::less<>>;
  using register_map = std::map<std::string, replication::policy_registers, std::less<>>;

  /// `classes` ranks data classes where two edits of them stand side by side.
  explicit account_table(data_classes classes);

  /// What is known of a subject from now on. False, and nothing changes, for an id that is none, or a subject beyond the bound.
  bool put(const subject_name& name, replication::policy_registers registers);

  const replication::policy_registers* find(const subject_name& name) const;
  std::optional<key_facts> key(std::string_view id) const;
  std::optional<group_facts> group(std::string_view id) const;  ///< also one that is deleted
  const register_map& keys() const noexcept { return keys_; }
  const register_map& groups() const noexcept { return groups_; }

  const id_set& keys_in(std::string_view group) const;
  const id_set& groups_in(std::string_view parent) const;
  const id_set& groups_named(std::string_view name) const;  ///< those not deleted; several only by edits side by side
  std::string name_of_group(std::string_view id) const;     ///< "" when there is none

  /// The group, its parent, and so on; each once.
  std::vector<std::string> chain_of(std::string_view group) const;
  /// Whether one of them is disabled, deleted, unreadable or not known: its keys open nothing.
  bool is_closed(std::string_view group) const;
  bool is_closed_key(std::string_view id) const;
  /// All keys of a group and of the groups under it.
  std::vector<std::string> keys_under(std::string_view group) const;

  /// The key that a hash opens: when the same secret was imported by two nodes, one that is over, else the one with the lowest id.
  std::optional<std::string> key_of(const content_hash& hash) const;

  const replication::strictness& rule() const noexcept { return rule_; }

 private:
  void put_links(const subject_name& name, const replication::policy_registers& registers, bool is_there);

  replication::strictness rule_;
  register_map keys_, groups_;
  std::map<std::string, id_set, std::less<>> keys_in_, groups_in_, groups_named_;
  std::unordered_multimap<content_hash, std::string> by_hash_;
};

/// Of all that is known: a clock that begins there gives later ones, also when the wall clock was put back meanwhile.
replication::hybrid_time latest_stamp(const account_table& table);

}  // namespace edgemesh::accounts
