// So much at once, and so much a second afterwards. A value; one owner.
#pragma once
#include <algorithm>

#include "base/clock.hpp"

namespace edgemesh::replication {

class token_bucket {
 public:
  token_bucket(double per_second, double burst) noexcept : per_second_(per_second), burst_(burst), left_(burst) {}

  /// True when there was enough; else nothing is taken.
  bool take(double amount, instant now) noexcept {
    const auto passed = std::chrono::duration<double>(now - filled_at_).count();
    left_ = std::min(burst_, left_ + std::max(0.0, passed) * per_second_);
    filled_at_ = std::max(filled_at_, now);
    if (left_ < amount) return false;
    left_ -= amount;
    return true;
  }

 private:
  double per_second_, burst_, left_;
  instant filled_at_{};
};

}  // namespace edgemesh::replication
