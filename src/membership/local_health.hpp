// How far this node trusts its own senses: Lifeguard's local health multiplier, a counter that saturates. A node that misses
// answers which it should get, must refute suspicions about itself, or comes late to its own timers is probably the slow one, so
// it probes less often and gives others more time. A value; one thread.
#pragma once

namespace edgemesh::membership {

class local_health {
 public:
  /// The score stays in 0 .. limit - 1; a limit of 1 switches the multiplier off.
  explicit local_health(int limit) noexcept : max_(limit > 1 ? limit - 1 : 0) {}

  int score() const noexcept { return score_; }
  int multiplier() const noexcept { return score_ + 1; }

  void probe_succeeded() noexcept { add(-1); }
  /// Helpers that are well say "no answer either"; those that stay silent too point at ourselves. Nobody asked: one point.
  void probe_failed(int helpers_asked, int nacks) noexcept { add(helpers_asked == 0 ? 1 : helpers_asked - nacks); }
  void refuted() noexcept { add(1); }
  void came_late() noexcept { add(1); }
  void suspected_too_many() noexcept { add(1); }

 private:
  void add(int points) noexcept {
    score_ += points;
    if (score_ < 0) score_ = 0;
    if (score_ > max_) score_ = max_;
  }
  int max_;
  int score_ = 0;
};

}  // namespace edgemesh::membership
