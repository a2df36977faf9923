// How long a suspect has to speak up. The time begins long and shrinks with each independent accuser (Lifeguard's dynamic
// suspicion timeout; the formula is memberlist's): max(min, max - (max - min) x ln(C + 1) / ln(K + 1)). Two such clocks run: the near one is
// moved by accusers of the suspect's own site, the far one by all. So a node that its neighbours miss is dead after a LAN's times, and one
// that only other sites miss has a WAN's times to come back: the way between sites may be what is lost. Pure; one thread.
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

/// min = mult x max(1, log10 n) x probe interval; max = max_mult x min. `members` counts the living ones and this node; `witnesses` those
/// of them that could accuse, and the suspect. Where too few can confirm, fewer confirmations are expected.
suspicion_limits suspicion_limits_of(const swim_options& options, std::size_t members, std::size_t witnesses) noexcept;
/// After C confirmations.
nanoseconds suspicion_time(const suspicion_limits& limits, int confirmations) noexcept;

struct suspicion_terms { suspicion_limits near, far; };

class suspicion {
 public:
  explicit suspicion(suspicion_terms terms) noexcept : terms_(terms) {}

  /// True when the accuser is a new one and counts; the first one always does. Near: of the suspect's site.
  bool accuse(const node_key& accuser, bool is_near, instant now);
  /// Somebody calls it dead already: it gets the shortest time that a suspect may have.
  void hasten() noexcept { hastened_ = true; }
  /// This node was frozen for a while; what the suspect sent meanwhile has yet to be read.
  void postpone(nanoseconds by) noexcept {
    since_ += std::chrono::duration_cast<instant::duration>(by);
    near_since_ += std::chrono::duration_cast<instant::duration>(by);
  }

  instant deadline() const noexcept;
  /// When to ask the suspect itself once more: where the far clock runs alone its end may be minutes away, and a refutation may have been
  /// missed. With the near clock not before the deadline.
  instant look_due() const noexcept { return looked_ + std::chrono::duration_cast<instant::duration>(terms_.near.max); }
  void looked(instant now) noexcept { looked_ = now; }
  /// Does anybody but `who` accuse?
  bool has_accuser_beside(const node_key& who) const noexcept;
  /// One node's word, where others could have confirmed it.
  bool is_hearsay(const node_key& own) const noexcept {
    return terms_.far.confirmations > 0 && accusers_.size() == 1 && accusers_.front() != own;
  }
  const std::vector<node_key>& accusers() const noexcept { return accusers_; }

 private:
  suspicion_terms terms_;
  instant since_{}, near_since_{};  // of the first accuser, and of the first near one
  int near_accusers_ = 0;
  instant looked_{};
  bool hastened_ = false;
  std::vector<node_key> accusers_;  // at most K + 1 of each kind
};

}  // namespace edgemesh::membership
