// How a node counts its lives (Das et al., SWIM, 2002, with lives that survive a lost disk): a number that only rises. A life begins at a multiple
// of life_length, and each refutation takes the next number; so whoever knows a number knows which life it is of. Pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace edgemesh {

/// A node that refutes more often than that within one life is taken for one that began another: a table more is exchanged, nothing else.
inline constexpr std::uint64_t life_length = 64;

constexpr std::uint64_t life_of(std::uint64_t incarnation) noexcept { return incarnation / life_length; }

/// The first number of the life after the one of `last`, not below `at_least`. Never the next number: that is what a refutation looks like, which
/// is not passed on by all.
constexpr std::uint64_t next_life(std::uint64_t last, std::uint64_t at_least) noexcept {
  return (std::max(last + 2, at_least) + life_length - 1) / life_length * life_length;
}

}  // namespace edgemesh
