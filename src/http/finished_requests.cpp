#include "http/finished_requests.hpp"

#include <algorithm>

namespace edgemesh::http {

void finished_requests::forget(std::size_t place) noexcept {
  const auto at = by_id_.find(ring_[place].id);
  if (at != by_id_.end() && at->second == place) by_id_.erase(at);
}

void finished_requests::insert(request_record record) {
  if (capacity_ == 0) return;
  const auto place = next_;
  next_ = (next_ + 1) % capacity_;
  if (ring_.capacity() < capacity_) ring_.reserve(capacity_);  // records never move: the index points into them
  if (place < ring_.size()) {
    forget(place);
    ring_[place] = std::move(record);
  } else {
    ring_.push_back(std::move(record));
  }
  const std::string_view id = ring_[place].id;
  by_id_.erase(id);  // the key must not be a view into an older record
  by_id_.emplace(id, place);
}

const request_record* finished_requests::find(std::string_view id) const noexcept {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &ring_[at->second];
}

std::vector<const request_record*> finished_requests::newest(std::size_t count) const {
  std::vector<const request_record*> out;
  const auto n = std::min(count, ring_.size());
  out.reserve(n);
  for (std::size_t i = 1; i <= n; ++i) out.push_back(&ring_[(next_ + capacity_ - i) % capacity_]);
  return out;
}

}  // namespace edgemesh::http
