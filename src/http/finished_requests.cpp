#include "http/finished_requests.hpp"

#include <algorithm>

namespace edgemesh::http {

void finished_requests::insert(request_record record) {
  if (capacity_ == 0) return;
  const auto place = next_;
  next_ = (next_ + 1) % capacity_;
  if (ring_.capacity() < capacity_) ring_.reserve(capacity_);  // records never move
  if (place < ring_.size())
    ring_[place] = std::move(record);
  else
    ring_.push_back(std::move(record));
}

const request_record* finished_requests::find(std::string_view id) const noexcept {
  for (std::size_t i = 1; i <= ring_.size(); ++i)
    if (const auto& record = ring_[(next_ + capacity_ - i) % capacity_]; record.id == id) return &record;
  return nullptr;
}

std::vector<const request_record*> finished_requests::newest(std::size_t count) const {
  std::vector<const request_record*> out;
  const auto n = std::min(count, ring_.size());
  out.reserve(n);
  for (std::size_t i = 1; i <= n; ++i) out.push_back(&ring_[(next_ + capacity_ - i) % capacity_]);
  return out;
}

}  // namespace edgemesh::http
