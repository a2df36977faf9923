#include "membership/shuffled_ring.hpp"

#include <algorithm>

namespace edgemesh::membership {

void shuffled_ring::insert(const node_key& key, random_source& chance) {
  const auto place = chance.below(keys_.size() + 1);
  keys_.insert(keys_.begin() + static_cast<std::ptrdiff_t>(place), key);
  if (place < at_) ++at_;
}

void shuffled_ring::erase(const node_key& key) {
  const auto found = std::ranges::find(keys_, key);
  if (found == keys_.end()) return;
  if (static_cast<std::size_t>(found - keys_.begin()) < at_) --at_;
  keys_.erase(found);
}

void shuffled_ring::shuffle(random_source& chance) {
  at_ = 0;
  for (std::size_t left = keys_.size(); left > 1; --left) std::swap(keys_[left - 1], keys_[chance.below(left)]);
}

}  // namespace edgemesh::membership
