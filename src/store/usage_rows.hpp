// How a row of the account book is named on disk: interval, begin, then the names, each closed by a zero byte, then the store that counted it:
// rows lie in order of time, and what a store counted is never added to by another one. Rows from before stores had names end behind the
// names. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/usage.hpp"

namespace edgemesh::store {

struct row_key {
  usage_interval interval{};
  std::int64_t begin = 0;
  usage_row_name name;
  store_id origin;
};
std::string write_row_key(const row_key& row);
/// The key before all rows of that time.
std::string row_prefix(usage_interval interval, std::int64_t begin);
std::optional<row_key> read_row_key(std::string_view key);

std::string write_number(std::uint64_t number);
std::optional<std::uint64_t> read_number(std::string_view key);

}  // namespace edgemesh::store
