// Who belongs to the mesh, decided from signed records alone: a key is a member while a record that a full member signed says so,
// it has not ended, and nobody evicted it. Merging needs no clock and no order: any set of records gives one roster. Pure; one thread.
// Copyable: what a record would change can be tried on a copy.
//
// The root is the founding record (a full member that admits itself, pinned by its hash in every node's store and in join tokens). It
// is never replaced; a later record of the founder about itself stands beside it, and the founder's membership is renewed like any other.
// What an evicted key signed after the `since` of its eviction does not count, so a member that it admitted later is out too. Which records
// count, and what happens to disputes, stands in claims.hpp. Of several admitters' records about one key the highest role and the
// latest stamp's other fields hold; who rests on one admitter alone (`admitted_by`) is out when a later version of that admitter's record
// does not count, so whoever evicts a full member signs anew for those that shall stay.
//
// A key that changes (claims.hpp, succession) has an heir while that is announced: it is let in and keeps descriptions, but its node is
// still shown by the old key. Then the heir is the member, and the old key is among its `former` ones.
//
// Two members of one name: the one first admitted (earliest stamp, then lower key) keeps it, the other one is shown with the first eight hex
// digits of its key after a dash until the first has ended or is evicted.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "domain/key_standing.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/records.hpp"
#include "replication/claims.hpp"

namespace edgemesh::replication {

struct member {
  node_key key;
  std::string name, site;
  node_role role = node_role::edge;
  std::string clearance;       ///< name of a data class
  std::int64_t not_after = 0;  ///< Unix seconds
  node_key admitted_by;        ///< by the latest record that counts
  std::vector<node_key> former;  ///< keys that it had before, by key
  friend bool operator==(const member&, const member&) = default;
};

class roster {
 public:
  struct root { mesh_id mesh; content_hash founding; };  ///< SHA-256 of the founding record's raw bytes
  explicit roster(root r, const proto::signing& keys);

  /// Member, eviction and succession records whose signature was checked. True when the roster changed. Records to whose signer no
  /// chain leads yet are remembered (unanchored_max of them), others of no use ignored.
  bool learn(const proto::sealed_record& record) { return learn(std::span(&record, 1)); }
  bool learn(std::span<const proto::sealed_record> records);  ///< judged once: the way to take many
  /// A member now: admitted, not evicted, not past its end (300 s of grace for clocks).
  const member* find(const node_key& key, std::int64_t now_s) const;
  const member* find_by_name(std::string_view name, std::int64_t now_s) const;
  bool is_evicted(const node_key& key) const noexcept { return evicted_.contains(key); }
  /// Its key was followed by another one.
  bool is_succeeded(const node_key& key) const noexcept { return succeeded_.contains(key); }
  /// May this record be kept and passed on; asks no clock, so that nodes whose clocks differ still keep the same records. Member, eviction
  /// and succession records: a chain leads to the signer, and it is the version that is known here. Node and backend records: the signer was admitted
  /// and neither evicted nor succeeded. Other kinds: the signer was admitted, and had not lost its right when it signed.
  bool may_keep(const proto::sealed_record& record) const;
  /// May this record count: it may be kept, and its signer has not ended.
  bool may_count(const proto::sealed_record& record, std::int64_t now_s) const;
  std::vector<member> members(std::int64_t now_s) const;  ///< by key
  std::vector<node_key> evicted() const;
  /// New keys whose succession is announced, and the member that each is to follow.
  std::map<node_key, node_key> heirs() const;
  /// Heirs count as unknown here.
  key_standing standing_of(const node_key& key, std::int64_t now_s) const;
  /// Calls `f` with each key that was a member and is none now: ended, evicted, replaced.
  void for_each_former(std::int64_t now_s, const std::function<void(const node_key&, key_standing)>& f) const;
  /// Rises whenever something that was kept may have to go: a member is none any more, a key lost its right.
  std::uint64_t removals() const noexcept { return removals_; }
  /// Admitted and neither evicted nor succeeded, whether it has ended or not; or an heir.
  bool is_admitted(const node_key& key) const noexcept { return members_.contains(key) || heirs_.contains(key); }
  /// How many keys are admitted, ended or not.
  std::size_t size() const noexcept { return members_.size(); }
  /// The records that show somebody else that `key` is a member: its own, its admitter's, up to the founding one. At most proofs_max.
  std::vector<std::string> proofs_of(const node_key& key) const;
  /// Each record that is remembered, and whether a chain leads to its signer.
  void for_each_record(const std::function<void(const proto::sealed_record&, bool is_anchored)>& f) const;

  static constexpr std::size_t records_max = 65536;
  static constexpr std::size_t unanchored_max = 1024;
  static constexpr std::size_t single_admissions_max = 8;  ///< more at once are judged together

 private:
  struct judged_claim { claim what; claim_standing standing = claim_standing::unanchored; };
  struct shown_member {
    member named;        ///< with its own name
    member marked;       ///< with the name that tells it from a namesake
    std::int64_t first_stamp_ms = 0;
    std::int64_t namesake_until_s = std::numeric_limits<std::int64_t>::min();  ///< the last end of those that have the name before it
    friend bool operator==(const shown_member&, const shown_member&) = default;
  };
  struct heir { node_key of; std::int64_t stamp_ms = 0; std::uint64_t claim = 0; };
  using claims_by_key = std::map<std::uint64_t, judged_claim>;  // by record_table::key_of; the founding record by founding_place
  static constexpr std::uint64_t founding_place = std::numeric_limits<std::uint64_t>::max();

  std::optional<std::uint64_t> remember(const proto::sealed_record& record);
  bool admit_plainly(std::uint64_t key);
  bool can_matter(std::uint64_t key) const;
  void enlist(shown_member m);
  bool has_room_for(const proto::sealed_record& record) const;
  void drop_unanchored(const std::vector<std::uint64_t>& added);
  bool settle();
  void judge_all();
  void note_losses();
  void note_heirs();
  std::vector<node_key> keys_before(const node_key& key) const;
  std::map<node_key, shown_member> members_that_count() const;
  shown_member shown_as(const node_key& key, const std::vector<const claim*>& admissions) const;
  static void name_apart(std::map<node_key, shown_member>& members);
  std::vector<const judged_claim*> counting_about(const node_key& key) const;
  std::vector<const claim*> admissions_of(const node_key& key) const;
  static bool is_at_end(const member& m, std::int64_t now_s) noexcept;
  const member* shown(const shown_member& m, std::int64_t now_s) const noexcept;

  root root_;
  const proto::signing* keys_;
  claims_by_key claims_;
  bool is_founded_ = false;                                         // the founding record is here
  std::map<std::pair<node_key, proto::record_kind>, std::size_t> signed_by_;  // how many of claims_
  std::map<node_key, std::vector<std::uint64_t>> about_;            // subject -> admissions of it and successions into it, anchored ones
  std::uint64_t removals_ = 0;
  std::size_t unanchored_ = 0, unjudged_ = 0;                       // how many of claims_; of those that came since the last judgement
  std::set<node_key> admitters_;                                    // keys whose admissions and evictions may be anchored
  std::map<node_key, shown_member> members_;
  std::map<std::string, std::size_t, std::less<>> names_;           // own names of members_, how often
  std::map<node_key, std::int64_t> evicted_;                        // key -> earliest `since`
  std::map<node_key, std::int64_t> succeeded_;                      // key -> stamp of its succession
  std::map<node_key, heir> heirs_;                                  // new key -> whose; the latest of each member
};

}  // namespace edgemesh::replication
