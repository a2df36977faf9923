// How long a suspect has to speak up. The time begins long and shrinks with each independent accuser (Lifeguard's dynamic
// suspicion timeout; the formula is memberlist's): max(min, max - (max - min) x ln(C + 1) / ln(K + 1)). Pure; one thread.
#pragma once
#include <cstddef>
#include <vector>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"
#include "membership/swim_options.hpp"

namespace edgemesh::membership {

struct suspicion_limits {
  nanoseconds min{}, max{};
  int confirmations = 0;  ///< K: with so many beside the first accuser the time is `min`
};

/// min = mult x max(1, log10 n) x probe interval; max = max_mult x min. `members` counts the living ones and this node. A mesh
/// that has too few nodes to confirm expects fewer confirmations.
suspicion_limits suspicion_limits_of(const swim_options& options, std::size_t members) noexcept;
/// After C confirmations.
nanoseconds suspicion_time(const suspicion_limits& limits, int confirmations) noexcept;

class suspicion {
 public:
  suspicion(const node_key& accuser, instant since, suspicion_limits limits);

  /// True when the accuser is a new one and counts.
  bool confirm(const node_key& accuser);
  /// Somebody calls it dead already: it gets the shortest time that a suspect may have.
  void hasten() noexcept { hastened_ = true; }
  /// This node was frozen for a while; what the suspect sent meanwhile has yet to be read.
  void postpone(nanoseconds by) noexcept { since_ += std::chrono::duration_cast<instant::duration>(by); }

  instant deadline() const noexcept;
  /// Does anybody but `who` accuse?
  bool has_accuser_beside(const node_key& who) const noexcept;
  /// One node's word, where others could have confirmed it.
  bool is_hearsay(const node_key& own) const noexcept {
    return limits_.confirmations > 0 && accusers_.size() == 1 && accusers_.front() != own;
  }
  const std::vector<node_key>& accusers() const noexcept { return accusers_; }

 private:
  instant since_;
  suspicion_limits limits_;
  bool hastened_ = false;
  std::vector<node_key> accusers_;  // at most K + 1
};

}  // namespace edgemesh::membership
