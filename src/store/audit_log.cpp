#include "store/audit_log.hpp"

#include "proto/audit_codec.hpp"
#include "store/usage_rows.hpp"

namespace edgemesh::store {

namespace {

/// Kept beside the entries: when all of them have expired, numbers go on all the same.
constexpr std::string_view last_key = "audit.last";
constexpr std::int64_t day_ms = 86'400'000;

}  // namespace

result<audit_log> audit_log::open(store& in) {
  audit_log log(in);
  const auto last = in.get(family::node, last_key);
  if (!last) return last.error();
  if (*last) {
    const auto number = read_number(**last);
    if (!number) return error{"the store's number of the last audit entry is damaged"};
    log.last_ = *number;
  }
  return log;
}

result<void> audit_log::append(std::span<audit_entry> entries, durability how, std::vector<change> with) {
  std::vector<change> batch = std::move(with);
  auto number = last_;
  for (auto& e : entries) {
    e.number = ++number;
    batch.push_back({family::audit, write_number(number), proto::write_audit(e)});
  }
  batch.push_back({family::node, std::string(last_key), write_number(number)});
  if (auto written = store_->write(batch, how); !written) return written;
  last_ = number;
  return {};
}

result<void> audit_log::read(std::uint64_t first, const std::function<bool(const audit_entry&)>& visit) const { return read_audit(*store_, first, visit); }

result<void> read_audit(const store& from, std::uint64_t first, const std::function<bool(const audit_entry&)>& visit) {
  result<void> done;
  const auto scanned = from.scan_range(family::audit, write_number(first), {}, [&](std::string_view key, std::string_view value) {
    const auto number = read_number(key);
    auto entry = proto::read_audit(value);
    if (!number || !entry) {
      done = error{"audit entry " + std::to_string(number.value_or(0)) + ": " + (entry ? "its number is damaged" : entry.error().message)};
      return false;
    }
    entry->number = *number;
    return visit(*entry);
  });
  return scanned ? done : scanned;
}

result<bool> audit_log::expire(const audit_retention& keep, std::int64_t now_ms) {
  std::vector<change> old;
  const auto limit_ms = keep.days > 0 ? now_ms - keep.days * day_ms : std::int64_t{-1};
  const auto first_kept = last_ > keep.entries_max ? last_ - keep.entries_max + 1 : 0;
  const auto scanned = read(0, [&](const audit_entry& e) {
    if (old.size() >= expire_step || (e.number >= first_kept && e.at_ms >= limit_ms)) return false;
    old.push_back({family::audit, write_number(e.number), std::nullopt});
    return true;
  });
  if (!scanned) return scanned.error();
  if (old.empty()) return false;
  if (auto written = store_->write(old, durability::written); !written) return written.error();
  return old.size() >= expire_step;
}

}  // namespace edgemesh::store
