#include "replication/content_shelf.hpp"

namespace edgemesh::replication {

bool content_shelf::drop_one() {
  auto oldest = blobs_.end();
  for (auto at = blobs_.begin(); at != blobs_.end(); ++at)
    if (!is_in_use(at->first) && (oldest == blobs_.end() || at->second.used_at < oldest->second.used_at)) oldest = at;
  if (oldest == blobs_.end()) return false;
  bytes_ -= oldest->second.bytes.size();
  blobs_.erase(oldest);
  return true;
}

bool content_shelf::keep(const content_hash& hash, std::string bytes) {
  if (take_up(hash)) return true;
  if (bytes.size() > limits_.bytes) return false;
  while (blobs_.size() >= limits_.count || bytes_ + bytes.size() > limits_.bytes)
    if (!drop_one()) return false;
  bytes_ += bytes.size();
  blobs_.emplace(hash, blob{std::move(bytes), ++clock_});
  return true;
}

const std::string* content_shelf::find(const content_hash& hash) const {
  const auto here = blobs_.find(hash);
  return here == blobs_.end() ? nullptr : &here->second.bytes;
}

const std::string* content_shelf::take_up(const content_hash& hash) {
  const auto here = blobs_.find(hash);
  if (here == blobs_.end()) return nullptr;
  here->second.used_at = ++clock_;
  return &here->second.bytes;
}

content_hash content_shelf::refer(std::uint64_t record_key, const content_hash& hash) {
  content_hash unused;
  const auto before = of_record_.find(record_key);
  if (before != of_record_.end()) {
    if (before->second == hash) return unused;
    const auto uses = uses_.find(before->second);
    if (--uses->second == 0) {
      unused = before->second;
      uses_.erase(uses);
    }
    of_record_.erase(before);
  }
  if (hash.is_zero()) return unused;
  of_record_.emplace(record_key, hash);
  ++uses_[hash];
  return unused;
}

}  // namespace edgemesh::replication
