#include "replication/record_table.hpp"

#include <algorithm>

#include "replication/record_hash.hpp"

namespace edgemesh::replication {
namespace {

std::size_t bucket_of(std::uint64_t key) noexcept { return key % proto::digest_buckets; }

bool is_same_name(const proto::sealed_record& a, const proto::sealed_record& b) noexcept {
  return a.head.kind == b.head.kind && a.signer == b.signer && a.head.subject == b.head.subject;
}

/// How `offered` stands to the record of the same name that is here.
offer_verdict compare(const proto::sealed_record& offered, const proto::sealed_record& here) noexcept {
  if (offered.head.version != here.head.version)
    return offered.head.version > here.head.version ? offer_verdict::news : offer_verdict::stale;
  if (offered.raw == here.raw) return offer_verdict::known;
  return offered.raw > here.raw ? offer_verdict::news : offer_verdict::stale;
}

}  // namespace

std::uint64_t record_table::key_of(proto::record_kind kind, const node_key& signer, std::string_view subject) noexcept {
  return record_hash().add(static_cast<std::uint8_t>(kind)).add(signer.view()).add(subject).finish();
}

std::uint32_t record_table::mark_of(std::string_view raw) noexcept { return static_cast<std::uint32_t>(hash_of(raw)); }

void record_table::mix(std::uint64_t key, std::uint64_t mark) noexcept {
  buckets_[bucket_of(key)] ^= mark;
  summary_ ^= mark;
}

bool record_table::has_room_for(const proto::sealed_record& record) const {
  if (entries_.size() >= limits_.entries || bytes_ + record.raw.size() > limits_.bytes) return false;
  const auto count = of_signer_.find(key_of(record.head.kind, record.signer, {}));
  return count == of_signer_.end() || count->second < signer_max(record.head.kind);
}

offer_verdict record_table::preview(const proto::sealed_record& record) const {
  if (record.raw.size() > proto::record_max) return offer_verdict::refused;
  const auto here = entries_.find(key_of(record));
  if (here == entries_.end()) return has_room_for(record) ? offer_verdict::news : offer_verdict::refused;
  // Two names with one 64-bit key: 2^-64 by accident. The first one stays.
  return is_same_name(record, here->second.record) ? compare(record, here->second.record) : offer_verdict::refused;
}

offer_verdict record_table::offer(const proto::sealed_record& record) {
  const auto verdict = preview(record);
  if (verdict != offer_verdict::news) return verdict;
  const auto key = key_of(record);
  const auto mark = hash_of(record.raw);
  auto [here, is_new] = entries_.try_emplace(key);
  if (is_new) {
    keys_[bucket_of(key)].push_back(key);
    ++of_signer_[key_of(record.head.kind, record.signer, {})];
  } else {
    mix(key, here->second.mark);
    bytes_ -= here->second.record.raw.size();
  }
  here->second = {record, mark};
  bytes_ += record.raw.size();
  mix(key, mark);
  return offer_verdict::news;
}

bool record_table::forget(std::uint64_t key) {
  const auto here = entries_.find(key);
  if (here == entries_.end()) return false;
  const auto& record = here->second.record;
  const auto count = of_signer_.find(key_of(record.head.kind, record.signer, {}));
  if (--count->second == 0) of_signer_.erase(count);
  std::erase(keys_[bucket_of(key)], key);
  bytes_ -= record.raw.size();
  mix(key, here->second.mark);
  entries_.erase(here);
  return true;
}

std::size_t record_table::keep_only(const std::function<bool(const proto::sealed_record&)>& is_kept) {
  std::vector<std::uint64_t> gone;
  for (const auto& [key, e] : entries_)
    if (!is_kept(e.record)) gone.push_back(key);
  for (const auto key : gone) forget(key);
  return gone.size();
}

void record_table::forget(const node_key& signer, proto::record_kind kind) {
  if (!of_signer_.contains(key_of(kind, signer, {}))) return;
  keep_only([&](const proto::sealed_record& r) { return r.head.kind != kind || r.signer != signer; });
}

const proto::sealed_record* record_table::find(std::uint64_t key) const {
  const auto here = entries_.find(key);
  return here == entries_.end() ? nullptr : &here->second.record;
}

const proto::sealed_record* record_table::find(proto::record_kind kind, const node_key& signer, std::string_view subject) const {
  const auto* here = find(key_of(kind, signer, subject));
  const bool fits = here && here->head.kind == kind && here->signer == signer && here->head.subject == subject;
  return fits ? here : nullptr;
}

void record_table::for_each(const std::function<void(const proto::sealed_record&)>& f) const {
  for (const auto& [key, e] : entries_) f(e.record);
}

proto::key_version record_table::version_of(std::uint64_t key) const {
  const auto here = entries_.find(key);
  if (here == entries_.end()) return {key, {}, 0};
  return {key, here->second.record.head.version, static_cast<std::uint32_t>(here->second.mark)};
}

std::vector<proto::key_version> record_table::keys_in(std::uint16_t bucket) const {
  std::vector<proto::key_version> list;
  if (bucket >= proto::digest_buckets) return list;
  list.reserve(keys_[bucket].size());
  for (const auto key : keys_[bucket]) list.push_back(version_of(key));
  std::ranges::sort(list, {}, &proto::key_version::key);
  return list;
}

}  // namespace edgemesh::replication
