// The round trips of the last direct probes, for the probe's timeout: three times their 99th percentile, so that a mesh over
// a long distance does not take distance for death. One thread; 100 values.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

#include "base/clock.hpp"

namespace edgemesh::membership {

class round_trips {
 public:
  void add(microseconds took) noexcept {
    taken_[next_] = took;
    next_ = (next_ + 1) % taken_.size();
    count_ = std::min(count_ + 1, taken_.size());
  }
  /// Of 100 values the 99th percentile is the second largest; of fewer the largest.
  microseconds p99() const noexcept {
    microseconds largest{0}, second{0};
    for (std::size_t i = 0; i < count_; ++i) {
      if (taken_[i] > largest) {
        second = largest;
        largest = taken_[i];
      } else {
        second = std::max(second, taken_[i]);
      }
    }
    return count_ == taken_.size() ? second : largest;
  }

 private:
  std::array<microseconds, 100> taken_{};
  std::size_t count_ = 0, next_ = 0;
};

}  // namespace edgemesh::membership
