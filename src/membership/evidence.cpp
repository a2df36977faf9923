#include "membership/evidence.hpp"

namespace edgemesh::membership {
namespace {

std::size_t hash_of(std::string_view raw) noexcept { return std::hash<std::string_view>{}(raw); }

evidence_ptr take_apart(const proto::sealed_record& record) {
  auto e = std::make_shared<evidence>();
  e->signer = record.signer;
  if (record.head.kind == proto::record_kind::liveness) {
    const auto body = proto::read_liveness(record);
    if (!body || record.head.subject != record.signer.view()) return nullptr;
    e->subject = record.signer;
    e->incarnation = body->incarnation;
    e->says = body->is_leaving ? member_state::left : member_state::alive;
  } else if (record.head.kind == proto::record_kind::accusation) {
    const auto body = proto::read_accusation(record);
    if (!body || record.head.subject != body->subject.view() || body->subject == record.signer) return nullptr;
    e->subject = body->subject;
    e->incarnation = body->incarnation;
    e->says = body->verdict == proto::accused_of::dead ? member_state::dead : member_state::suspect;
  } else {
    return nullptr;
  }
  if (e->incarnation == 0 || e->incarnation > evidence_cache::incarnation_max) return nullptr;
  e->subject_hash = std::hash<node_key>{}(e->subject);
  e->raw = record.raw;
  return e;
}

}  // namespace

evidence_cache::evidence_cache(const proto::signing& keys, const mesh_id& mesh, std::size_t capacity)
    : keys_(keys), mesh_(mesh), capacity_(capacity > 0 ? capacity : 1) {}

evidence_ptr evidence_cache::read(std::string_view raw) {
  if (raw.size() > raw_max) return nullptr;
  const auto hash = hash_of(raw);
  if (const auto found = slots_.find(hash); found != slots_.end() && found->second.what->raw == raw) return found->second.what;
  const auto record = proto::read_record(raw);
  if (!record) return nullptr;
  auto e = take_apart(*record);
  return e ? insert(hash, std::move(e)).what : nullptr;
}

bool evidence_cache::is_genuine(const evidence& e) {
  const auto found = slots_.find(hash_of(e.raw));
  const bool is_cached = found != slots_.end() && found->second.what->raw == e.raw;
  if (is_cached && found->second.checked != verdict::open) return found->second.checked == verdict::genuine;
  const auto record = proto::read_record(e.raw);
  const bool genuine = record && proto::is_genuine(*record, mesh_, keys_);
  if (is_cached) found->second.checked = genuine ? verdict::genuine : verdict::forged;
  return genuine;
}

evidence_ptr evidence_cache::keep_own(const proto::sealed_record& record) {
  auto& kept = insert(hash_of(record.raw), take_apart(record));
  kept.checked = verdict::genuine;
  return kept.what;
}

evidence_cache::slot& evidence_cache::insert(std::size_t hash, evidence_ptr e) {
  if (const auto found = slots_.find(hash); found != slots_.end()) return found->second = slot{std::move(e)};
  if (order_.size() < capacity_) {
    order_.push_back(hash);
  } else {
    slots_.erase(order_[oldest_]);
    order_[oldest_] = hash;
    oldest_ = (oldest_ + 1) % capacity_;
  }
  return slots_[hash] = slot{std::move(e)};
}

}  // namespace edgemesh::membership
