#include "store/usage_reading.hpp"

#include <string>

#include "proto/usage_codec.hpp"
#include "store/usage_rows.hpp"

namespace edgemesh::store {

namespace {

error at_record(std::uint64_t number, const error& why) { return error{"usage record " + std::to_string(number) + ": " + why.message}; }

}  // namespace

result<void> read_rows(const store& from_store, usage_interval interval, std::int64_t from, std::int64_t to,
                       const std::function<bool(std::int64_t, const usage_row&)>& visit) {
  result<void> read;
  const auto scanned = from_store.scan_range(family::rows, row_prefix(interval, from), row_prefix(interval, to), [&](std::string_view key, std::string_view value) {
    auto name = read_row_key(key);
    const auto counts = proto::read_counts(value);
    if (!name || !counts) {
      read = name ? counts.error() : error{"a usage row has a damaged name"};
      return false;
    }
    return visit(name->begin, {std::move(name->name), *counts});
  });
  return scanned ? read : scanned;
}

result<void> read_records(const store& from_store, std::uint64_t first,
                          const std::function<bool(std::uint64_t, const usage_record&)>& visit) {
  result<void> read;
  const auto scanned = from_store.scan_range(family::usage, write_number(first), {}, [&](std::string_view key, std::string_view value) {
    const auto number = read_number(key);
    const auto record = proto::read_usage(value);
    if (!number || !record) {
      read = at_record(number.value_or(0), record ? error{"its number is damaged"} : record.error());
      return false;
    }
    return visit(*number, *record);
  });
  return scanned ? read : scanned;
}

}  // namespace edgemesh::store
