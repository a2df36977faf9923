// When memberships are signed anew, and by whom, so that they end only with the nodes that are gone. A membership lasts `term`. In its
// last third the full members sign it again, one after the other by their keys, a hundredth of the term apart, so that mostly one of them
// does; its own comes last, for a node that has nobody else. Only nodes that are here are renewed: one that is away past its end
// needs a new invitation. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "replication/roster.hpp"

namespace edgemesh::replication {

inline constexpr std::int64_t membership_term_s = 90 * 86400;
/// The founder begins with more: it may be alone for long, and nobody can let in again the only member of a mesh that has ended.
inline constexpr std::int64_t founding_term_s = 365 * 86400;

/// With so little left something is wrong with renewal: people are told.
inline constexpr std::int64_t ends_soon_s = 3 * 86400;

/// Whom `self`, a full member, is to renew now. `members` as roster::members() lists them, by key.
std::vector<member> due_for_renewal(std::span<const member> members, const node_key& self, std::int64_t now_s,
                                    const std::function<bool(const node_key&)>& is_here);

}  // namespace edgemesh::replication
