// The audit log: numbered entries, bounded by count and age; the oldest go first, and their numbers never come again. Calls block; for the
// store's actor alone. Family audit: number (8 bytes, big-endian) -> entry.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "domain/audit.hpp"
#include "store/store.hpp"

namespace edgemesh::store {

struct audit_retention {
  std::uint64_t entries_max = 1'000'000;
  std::int64_t days = 400;
};

class audit_log {
 public:
  static constexpr std::size_t expire_step = 4096;

  /// Errors: the store's, a number that is damaged.
  static result<audit_log> open(store& in);

  /// Numbers the entries in their order. `how`: synced for what changes policy, written for what only tells. `with` is what they tell of: all
  /// of it is written or nothing.
  result<void> append(std::span<audit_entry> entries, durability how, std::vector<change> with = {});
  /// From number `first` on, in order, until `visit` answers false.
  result<void> read(std::uint64_t first, const std::function<bool(const audit_entry&)>& visit) const;
  /// Forgets what is beyond count or age. True: there may be more.
  result<bool> expire(const audit_retention& keep, std::int64_t now_ms);

  std::uint64_t last_number() const noexcept { return last_; }

 private:
  explicit audit_log(store& in) noexcept : store_(&in) {}
  store* store_;
  std::uint64_t last_ = 0;
};

/// Entries on disk from number `first` on, in order, until `visit` answers false; also while the log is written to. Any thread that may wait.
result<void> read_audit(const store& from, std::uint64_t first, const std::function<bool(const audit_entry&)>& visit);

}  // namespace edgemesh::store
