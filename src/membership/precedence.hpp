// Which of two statements about a member wins. The higher incarnation, which only the member itself can sign; at equal incarnation
// dead > left > suspect > alive (the wrong order there lets nodes flap for ever). A pure function.
#pragma once
#include <cstdint>

#include "membership/swim.hpp"

namespace edgemesh::membership {

struct claim {
  std::uint64_t incarnation = 0;
  member_state state = member_state::unknown;
  friend bool operator==(const claim&, const claim&) = default;
};

/// Strictly: a claim does not outrank itself.
constexpr bool outranks(const claim& a, const claim& b) noexcept {
  if (b.state == member_state::unknown) return a.state != member_state::unknown;
  if (a.incarnation != b.incarnation) return a.incarnation > b.incarnation;
  return a.state > b.state;
}

}  // namespace edgemesh::membership
