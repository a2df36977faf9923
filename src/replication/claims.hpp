// What full members say about keys (admissions, evictions, successions), and the judgement which of it counts. A function of the
// set alone: no clock, no order. Used by roster; pure.
//
// Rules. (1) The founding record counts, whatever else is said. (2) An admission or an eviction counts when its signer is a full member by
// records that count, had not ended when it signed (300 s of grace), and had not lost its right before: it loses it to evictions of
// its key (for all that it stamped after their `since`) and to its own succession (for all that it stamped after it). (3) A succession counts
// likewise for a signer of any role; of several by one key the earliest (stamp, new key) counts. One that is only announced gives and takes
// nothing: it lets the new key in beside the old one. (4) What cannot be decided, because two takings of rights dispute each other (two
// full members evict each other), is decided on the safe side: both evictions hold, and what rests on either disputed right does not. This is the well-founded model of the rules (Van Gelder 1991), found by alternating
// between too few and too many takings.
//
// A full member's right is taken back by eviction, or by a newer record of the same admitter; a lower role by another admitter does not
// take it back (else two records could each make the other one void). A stolen key can backdate its stamps: where that is feared,
// evict it with a `since` before its admissions and admit their subjects again.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "proto/records.hpp"

namespace edgemesh::replication {

inline constexpr std::int64_t end_grace_s = 300;  ///< by which a clock may be late when a member's end passes

constexpr bool is_about_membership(proto::record_kind kind) noexcept {
  return kind == proto::record_kind::member || kind == proto::record_kind::eviction || kind == proto::record_kind::succession;
}

struct claim {
  proto::sealed_record record;
  std::variant<proto::member_body, proto::eviction_body, proto::succession_body> body;
};

/// A succession that is to come: it takes no right away and gives none.
inline bool is_announcement(const claim& c) noexcept {
  const auto* s = std::get_if<proto::succession_body>(&c.body);
  return s != nullptr && s->is_announced;
}

inline constexpr int judgement_rounds_max = 64;           ///< what is not decided by then is disputed

/// What the judgement says about one claim.
enum class claim_standing : std::uint8_t {
  unanchored,  ///< no chain of records leads from the founding record to its signer, whenever it signed
  overruled,   ///< there is a chain, but its signer had lost its right
  disputed,    ///< it is a taking of rights that another one disputes
  counts,
};

/// One standing per claim, in their order. `founding` is the index of the founding record in `claims`; without it nothing is anchored.
std::vector<claim_standing> judge(std::span<const claim* const> claims, std::optional<std::size_t> founding);

}  // namespace edgemesh::replication
