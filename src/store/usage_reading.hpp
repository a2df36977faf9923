// What the account book has on disk, for reports: also while somebody writes to it, as of the moment when the reading began. Calls block; any
// thread that may wait for the disk.
#pragma once
#include <cstdint>
#include <functional>

#include "base/result.hpp"
#include "domain/usage.hpp"
#include "store/store.hpp"

namespace edgemesh::store {

/// Rows that begin in [from, to) (Unix seconds), in order of time; until `visit` answers false. Errors: the store's; a row that is damaged.
result<void> read_rows(const store& from_store, usage_interval interval, std::int64_t from, std::int64_t to,
                       const std::function<bool(std::int64_t begin, const usage_row& row)>& visit);
/// Raw records from number `first` on, until `visit` answers false. Errors name the record.
result<void> read_records(const store& from_store, std::uint64_t first,
                          const std::function<bool(std::uint64_t number, const usage_record& record)>& visit);

}  // namespace edgemesh::store
