#include "membership/shuffled_ring.hpp"

#include <algorithm>

namespace edgemesh::membership {

void shuffled_ring::insert(std::uint32_t slot, random_source& chance) {
  const auto place = chance.below(slots_.size() + 1);
  slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(place), slot);
  if (place < at_) ++at_;
}

void shuffled_ring::erase(std::uint32_t slot) {
  const auto found = std::ranges::find(slots_, slot);
  if (found == slots_.end()) return;
  if (static_cast<std::size_t>(found - slots_.begin()) < at_) --at_;
  slots_.erase(found);
}

void shuffled_ring::shuffle(random_source& chance) {
  at_ = 0;
  for (std::size_t left = slots_.size(); left > 1; --left) std::swap(slots_[left - 1], slots_[chance.below(left)]);
}

}  // namespace edgemesh::membership
