// The observer that sees everything: what each node holds of each other one, how long it took, and whether an invariant of
// membership broke (mesh.md 1.7): incarnations are monotone, who left stays left in that incarnation, and nobody who runs and can
// be reached is held suspect or dead long after the last fault. One thread. Nine bytes per pair of nodes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "membership/swim.hpp"

namespace edgemesh::sim {

/// `observer` held `subject` dead while it ran, was awake and could be reached.
struct false_death {
  std::uint32_t observer = 0, subject = 0;
  std::uint64_t incarnation = 0;
};

class watcher {
 public:
  using state = membership::member_state;
  explicit watcher(std::size_t nodes) : count_(nodes), states_(nodes * nodes), incarnations_(nodes * nodes), dead_views_(nodes) {}

  void changed(std::uint32_t observer, std::uint32_t subject, state from, state to, std::uint64_t incarnation);
  /// The subject ran, was awake and reachable when the observer buried it.
  void buried_alive(std::uint32_t observer, std::uint32_t subject, std::uint64_t incarnation);
  void forgot_everything(std::uint32_t observer);
  void violate(std::string what);

  state held(std::uint32_t observer, std::uint32_t subject) const noexcept { return states_[observer * count_ + subject]; }
  std::uint64_t incarnation(std::uint32_t observer, std::uint32_t subject) const noexcept { return incarnations_[observer * count_ + subject]; }
  /// How many nodes hold it dead.
  std::size_t dead_views(std::uint32_t subject) const noexcept { return dead_views_[subject]; }
  const std::vector<std::string>& violations() const noexcept { return violations_; }
  /// At most a million of them.
  const std::vector<false_death>& false_deaths() const noexcept { return false_deaths_; }
  std::uint64_t changes() const noexcept { return changes_; }

 private:
  std::size_t count_;
  std::vector<state> states_;
  std::vector<std::uint64_t> incarnations_;
  std::vector<std::size_t> dead_views_;
  std::vector<std::string> violations_;
  std::vector<false_death> false_deaths_;
  std::uint64_t changes_ = 0;
};

}  // namespace edgemesh::sim
