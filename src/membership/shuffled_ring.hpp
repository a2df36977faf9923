// Whom to turn to next: every member once per lap, in an order that is shuffled anew for each lap (SWIM 4.3: bounds the time until
// anybody is probed to two laps, which random choice does not). One thread. Bounded by the number of members.
#pragma once
#include <vector>

#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::membership {

class shuffled_ring {
 public:
  void assign(std::vector<node_key> keys, random_source& chance) {
    keys_ = std::move(keys);
    shuffle(chance);
  }
  /// At a random place, so that newcomers are not probed by everybody at once.
  void insert(const node_key& key, random_source& chance);
  void erase(const node_key& key);
  std::size_t size() const noexcept { return keys_.size(); }
  const std::vector<node_key>& keys() const noexcept { return keys_; }

  /// The next one that `fits`, or null after everybody was asked once.
  template <class Fits>
  const node_key* next(random_source& chance, Fits&& fits) {
    for (std::size_t tried = 0; tried < keys_.size(); ++tried) {
      if (at_ >= keys_.size()) shuffle(chance);
      const node_key& key = keys_[at_++];
      if (fits(key)) return &key;
    }
    return nullptr;
  }

 private:
  void shuffle(random_source& chance);
  std::vector<node_key> keys_;
  std::size_t at_ = 0;
};

}  // namespace edgemesh::membership
