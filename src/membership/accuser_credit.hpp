// How far an accuser is believed. One degraded or malicious node that suspects everybody would make everybody refute, and the news
// of it would flood the mesh; so accusations that only one node made, and that their subjects refuted, are held against
// it. It is not heard about the same subject for a while, and after a few different subjects not at all until that has faded. In
// a network that is bad for all, all lose credit alike, and then nobody is singled out. One thread; bounded by the members.
#pragma once
#include <array>
#include <cstdint>
#include <unordered_map>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::membership {

class accuser_credit {
 public:
  static constexpr double strikes_max = 3;           ///< different subjects that refuted it
  static constexpr double times_the_others = 4;      ///< and that much worse than the mean of the others
  static constexpr seconds half_life{60};
  static constexpr seconds same_subject_pause{30};

  /// `subject` refuted what `accuser` alone had accused it of.
  void refuted(const node_key& accuser, const node_key& subject, instant now);
  bool is_heard(const node_key& accuser, const node_key& subject, std::size_t members, instant now) const;
  void erase(const node_key& accuser) { by_accuser_.erase(accuser); }

 private:
  struct faded { double value = 0; instant at{}; double now(instant t) const noexcept; };
  struct pause { node_key subject; instant until{}; };
  struct history { faded strikes; std::array<pause, 8> pauses; std::size_t next = 0; };
  std::unordered_map<node_key, history> by_accuser_;
  faded total_;
};

}  // namespace edgemesh::membership
