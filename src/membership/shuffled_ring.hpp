// Whom to turn to next: every member once per lap, in an order that is shuffled anew for each lap (SWIM 4.3: bounds the time until
// anybody is probed to two laps, which random choice does not). Members are named by their slots in the member table. One thread.
// Bounded by the number of members.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random_source.hpp"

namespace edgemesh::membership {

class shuffled_ring {
 public:
  void assign(std::vector<std::uint32_t> slots, random_source& chance) {
    slots_ = std::move(slots);
    shuffle(chance);
  }
  /// At a random place, so that newcomers are not probed by everybody at once.
  void insert(std::uint32_t slot, random_source& chance);
  void erase(std::uint32_t slot);
  std::size_t size() const noexcept { return slots_.size(); }
  const std::vector<std::uint32_t>& slots() const noexcept { return slots_; }

  /// The next one that `fits`, or nothing after everybody was asked once.
  template <class Fits>
  std::optional<std::uint32_t> next(random_source& chance, Fits&& fits) {
    for (std::size_t tried = 0; tried < slots_.size(); ++tried) {
      if (at_ >= slots_.size()) shuffle(chance);
      const auto slot = slots_[at_++];
      if (fits(slot)) return slot;
    }
    return std::nullopt;
  }

 private:
  void shuffle(random_source& chance);
  std::vector<std::uint32_t> slots_;
  std::size_t at_ = 0;
};

}  // namespace edgemesh::membership
