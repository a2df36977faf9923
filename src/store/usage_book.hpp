// The node's account book: each request's raw record, and rows that sum them up by minute, hour, day and month. Raw records
// come out of the shards' journals (usage_journals.hpp); rows are summed in memory and written now and then together with the number of the
// last record that they include, so that after any end of the process each record is counted exactly once. Calls block; for the
// store's actor alone.
//
// What it counts carries the id of its store: after a restore, which gives another one, what was counted before stays as it is, beside the new.
//
// Families: usage (number, 8 bytes big-endian -> raw record), rows (interval, begin, name, store -> counts). Bounds: rows_dirty_max rows in memory
// before they are written by themselves; each step of expire() deletes at most `expire_step` entries.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "domain/usage.hpp"
#include "store/store.hpp"

namespace edgemesh::store {

/// How long each kind is kept; zero: for ever.
struct usage_retention {
  std::int64_t raw_days = 30;
  usage_kept_days rows_days{7, 90, 1100, 0};
};

class usage_book {
 public:
  static constexpr std::size_t rows_dirty_max = 65536;
  static constexpr std::size_t expire_step = 4096;

  /// Sums up what an earlier end of the process left unsummed. Errors: the store's; a record that is damaged or of a later version.
  static result<usage_book> open(store& in, const store_id& origin);

  /// All of them or none, and `also` with them in one batch; sets their origin. When it returns they survive the death of the process.
  result<void> append(std::span<usage_record> records, std::span<const change> also = {});
  /// The same for their sums alone, for when there is little room: what is counted is exact, single requests cannot be shown later.
  result<void> append_sums(std::span<usage_record> records, std::span<const change> also = {});
  /// Writes the rows that have changed, and `also` with them.
  result<void> write_rows(std::span<const change> also = {});
  /// Forgets what is older than it may be. True: there may be more.
  result<bool> expire(const usage_retention& keep, std::int64_t now_ms);

  /// Rows that begin in [from, to) (Unix seconds), in order of time; until `visit` answers false. Writes changed rows first.
  result<void> rows(usage_interval interval, std::int64_t from, std::int64_t to,
                    const std::function<bool(std::int64_t begin, const usage_row& row)>& visit);
  /// Raw records from number `first` on, until `visit` answers false.
  result<void> raw(std::uint64_t first, const std::function<bool(std::uint64_t number, const usage_record& record)>& visit) const;

  std::uint64_t last_number() const noexcept { return last_; }
  /// What is appended from now on is of a store of that name.
  void take_origin(const store_id& origin) noexcept { origin_ = origin; }

 private:
  usage_book(store& in, const store_id& origin) noexcept : store_(&in), origin_(origin) {}
  result<void> catch_up();
  struct addition { usage_counts* to = nullptr; usage_counts counts; };
  result<std::vector<addition>> additions_of(std::span<const usage_record> records);
  static void add(const std::vector<addition>& all);
  result<usage_counts*> row_at(const std::string& key);

  store* store_;
  store_id origin_;
  std::uint64_t last_ = 0;      // number of the last raw record
  std::uint64_t included_ = 0;  // in the rows on disk
  std::unordered_map<std::string, usage_counts> rows_;  // by the key on disk; changed since they were written
};

}  // namespace edgemesh::store
