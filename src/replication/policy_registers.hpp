// What is known about one key or group: each field a multi-value register (Shapiro et al. 2011, with the causal contexts of Almeida et al.
// 2014). A write replaces what its writer had seen; two writes that had not seen each other stay side by side, and a rule says which one
// holds. Joining the knowledge of two nodes is commutative, associative and idempotent, so that its order means nothing. Pure; one owner.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/policy_record.hpp"
#include "replication/hybrid_clock.hpp"

namespace edgemesh::replication {

/// Of two values of one field: > 0 when the first is stricter, < 0 when the second is, 0 when neither is.
using strictness = std::function<int(std::uint8_t field, std::string_view first, std::string_view second)>;

/// A field whose writers did not know of each other.
struct policy_conflict {
  std::uint8_t field = 0;
  proto::policy_write holds;
  std::vector<proto::policy_write> lost;
};

class policy_registers {
 public:
  policy_registers() = default;
  explicit policy_registers(proto::policy_body known) : body_(std::move(known)) {}

  struct writer {
    store_id store;
    hybrid_time stamp;
    std::string author;
  };
  /// False, and nothing changes, when a bound of the record would be passed, or for policy_revoked_field.
  bool set(std::uint8_t field, std::string value, const writer& by);
  /// For ever: nothing takes it back, every join keeps it. Of several revocations the earliest is remembered. The writes stay readable.
  void revoke(const writer& by);
  /// The act that revoked it; null: it is not revoked.
  const proto::policy_write* revocation() const noexcept;
  /// A token more; those before it end at `others_end_at` (Unix seconds) unless they end earlier already.
  bool rotate(const content_hash& secret, std::int64_t others_end_at);
  /// Tokens that ended before `now` are forgotten.
  void drop_ended_secrets(std::int64_t now);

  /// Takes in what another node knows. True when that changed anything. Nothing changes when the sum would pass a bound: then `fits` is
  /// false, and only a revocation is taken in.
  struct join_outcome { bool changed = false, fits = true; };
  join_outcome join(const proto::policy_body& other);

  /// Whether `other` shows acts of `own` that are not known here, or other acts of the same count: then somebody else writes under that name
  /// (a copy of the store), or the store is older than it was (put back from a backup by hand).
  bool is_told_more_of(const store_id& own, const proto::policy_body& other) const;
  /// What stands here under the name `own` and would be taken by the other side for something that it replaced, is said again as acts of
  /// `fresh`: two edits side by side, of which none is lost unseen. Before joining `other`. True when there was something.
  bool rename_unseen(const store_id& own, const store_id& fresh, const proto::policy_body& other);

  /// The write that holds; nothing: the default.
  std::optional<proto::policy_write> holding(std::uint8_t field, const strictness& rule) const;
  /// Fields and the values that hold, in order of fields.
  std::vector<proto::policy_write> all(const strictness& rule) const;
  std::vector<policy_conflict> conflicts(const strictness& rule) const;

  const proto::policy_body& body() const noexcept { return body_; }
  friend bool operator==(const policy_registers&, const policy_registers&) = default;

 private:
  join_outcome join_rest(const proto::policy_body& other);
  proto::policy_body body_;
};

}  // namespace edgemesh::replication
