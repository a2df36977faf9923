#include "store/usage_book.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "proto/usage_codec.hpp"
#include "store/usage_reading.hpp"
#include "store/usage_rows.hpp"

namespace edgemesh::store {

namespace {

constexpr std::string_view included_key = "usage.included";
constexpr std::int64_t day_ms = 86'400'000;

}  // namespace

result<usage_book> usage_book::open(store& in, const store_id& origin) {
  usage_book book(in, origin);
  if (auto done = book.catch_up(); !done) return done.error();
  return book;
}

result<void> usage_book::catch_up() {
  const auto included = store_->get(family::node, included_key);
  if (!included) return included.error();
  if (*included) {
    const auto number = read_number(**included);
    if (!number) return error{"the store's number of the last counted usage record is damaged"};
    included_ = *number;
  }
  last_ = included_;
  result<void> counted;
  const auto scanned = raw(included_ + 1, [&](std::uint64_t number, const usage_record& record) {
    last_ = number;
    const auto all = additions_of({&record, 1});
    if (all) add(*all);
    else counted = all.error();
    return static_cast<bool>(counted);
  });
  if (!scanned) return scanned;
  return counted ? write_rows() : counted;
}

result<void> usage_book::append(std::span<usage_record> records, std::span<const change> also) {
  std::vector<change> batch(also.begin(), also.end());
  batch.reserve(batch.size() + records.size());
  std::uint64_t number = last_;
  for (auto& record : records) {
    record.origin = origin_;
    batch.push_back({family::usage, write_number(++number), proto::write_usage(record)});
  }
  const auto all = additions_of(records);
  if (!all) return all.error();
  if (auto written = store_->write(batch, durability::written); !written) return written;
  last_ = number;
  add(*all);
  if (rows_.size() > rows_dirty_max) (void)write_rows();  // the records are written, whatever comes of this: whoever writes rows next is told
  return {};
}

result<void> usage_book::append_sums(std::span<usage_record> records, std::span<const change> also) {
  if (auto written = write_rows(); !written) return written;
  for (auto& record : records) record.origin = origin_;
  const auto all = additions_of(records);
  if (!all) return all.error();
  add(*all);
  auto done = write_rows(also);
  if (!done) rows_.clear();  // as the disk has them
  return done;
}

/// Requests alike are summed up before their rows are looked for: the rows of a minute are those of its hour, day and month.
result<std::vector<usage_book::addition>> usage_book::additions_of(std::span<const usage_record> records) {
  std::map<std::tuple<std::int64_t, store_id, usage_row_name>, usage_counts> alike;
  for (const auto& record : records)
    for (auto& row : rows_of(record)) alike[{begin_of(usage_interval::minute, record.settled_ms), record.origin, std::move(row.name)}] += row.counts;
  std::vector<addition> out;
  out.reserve(alike.size() * usage_interval_count);
  for (const auto& [name, counts] : alike) {
    const auto& [minute, origin, row] = name;
    for (int i = 0; i < usage_interval_count; ++i) {
      const auto interval = static_cast<usage_interval>(i);
      const auto at = row_at(write_row_key({interval, begin_of(interval, minute * 1000), row, origin}));
      if (!at) return at.error();
      out.push_back({*at, counts});
    }
  }
  return out;
}

void usage_book::add(const std::vector<addition>& all) {
  for (const auto& a : all) *a.to += a.counts;
}

/// In memory, with what the disk says of it so far.
result<usage_counts*> usage_book::row_at(const std::string& key) {
  const auto known = rows_.find(key);
  if (known != rows_.end()) return &known->second;
  const auto on_disk = store_->get(family::rows, key);
  if (!on_disk) return on_disk.error();
  usage_counts counts;
  if (*on_disk) {
    const auto read = proto::read_counts(**on_disk);
    if (!read) return read.error();
    counts = *read;
  }
  return &rows_.emplace(key, counts).first->second;
}

result<void> usage_book::write_rows(std::span<const change> also) {
  if (rows_.empty() && included_ == last_ && also.empty()) return {};
  std::vector<change> batch(also.begin(), also.end());
  batch.reserve(batch.size() + rows_.size() + 1);
  for (const auto& [key, counts] : rows_) batch.push_back({family::rows, key, proto::write_counts(counts)});
  batch.push_back({family::node, std::string(included_key), write_number(last_)});
  if (auto written = store_->write(batch, durability::written); !written) return written;
  included_ = last_;
  rows_.clear();
  return {};
}

result<void> usage_book::rows(usage_interval interval, std::int64_t from, std::int64_t to,
                              const std::function<bool(std::int64_t, const usage_row&)>& visit) {
  if (auto written = write_rows(); !written) return written;
  return read_rows(*store_, interval, from, to, visit);
}

result<void> usage_book::raw(std::uint64_t first, const std::function<bool(std::uint64_t, const usage_record&)>& visit) const {
  return read_records(*store_, first, visit);
}

result<bool> usage_book::expire(const usage_retention& keep, std::int64_t now_ms) {
  std::vector<change> old;
  const auto is_full = [&] { return old.size() >= expire_step; };
  if (keep.raw_days > 0) {
    const auto limit = now_ms - keep.raw_days * day_ms;
    const auto scanned = raw(0, [&](std::uint64_t number, const usage_record& record) {
      if (is_full() || record.settled_ms >= limit || number > included_) return false;
      old.push_back({family::usage, write_number(number), std::nullopt});
      return true;
    });
    if (!scanned) return scanned.error();
  }
  for (int i = 0; i < usage_interval_count; ++i) {
    const auto days = keep.rows_days[static_cast<std::size_t>(i)];
    if (days <= 0) continue;
    const auto interval = static_cast<usage_interval>(i);
    const auto limit = row_prefix(interval, (now_ms - days * day_ms) / 1000);
    const auto scanned = store_->scan_range(family::rows, row_prefix(interval, 0), limit, [&](std::string_view key, std::string_view) {
      if (is_full()) return false;
      old.push_back({family::rows, std::string(key), std::nullopt});
      return true;
    });
    if (!scanned) return scanned.error();
  }
  if (old.empty()) return false;
  // A row that is summed in memory again after this would begin at nothing: those are of now, never as old as this.
  if (auto written = store_->write(old, durability::written); !written) return written.error();
  return is_full();
}

}  // namespace edgemesh::store
