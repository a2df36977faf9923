// Which of two links between the same two nodes stays: both nodes must decide alike without asking. Pure.
#pragma once
#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

enum class rivalry : std::uint8_t {
  keep_old,   ///< the newcomer goes
  take_new,   ///< the old one goes
  ask_old,    ///< if the old one still answers, the newcomer cannot be the node that it says it is
};

/// Two nodes that dial each other at the same moment keep the link that the smaller key dialled. Later no node dials one that it has a
/// link to: either the old link is dead and this side has not noticed, or the newcomer is a second node with the same key.
constexpr milliseconds crossing_max{3000};
inline rivalry settle(const node_key& self, const node_key& peer, bool old_is_dialled, bool new_is_dialled, milliseconds old_age,
                      milliseconds crossing = crossing_max) noexcept {
  if (old_is_dialled == new_is_dialled || old_age >= crossing) return rivalry::ask_old;
  return new_is_dialled == (self < peer) ? rivalry::take_new : rivalry::keep_old;
}

}  // namespace edgemesh::actors
