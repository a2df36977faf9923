// Random faults of every kind from one seed, then peace: what must hold afterwards is the same whatever happened. One thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace edgemesh::sim {

struct chaos_options {
  std::size_t nodes = 7;
  nanoseconds duration = seconds{60};
  nanoseconds between_faults = seconds{2};  ///< mean
  nanoseconds peace_max = seconds{60};      ///< after it all views must be equal
};

struct chaos_result {
  std::uint64_t seed = 0, faults = 0, trace = 0;
  double settled_after_s = -1;  ///< of peace; negative: never
  std::vector<std::string> violations;
  bool is_sound() const noexcept { return settled_after_s >= 0 && violations.empty(); }
};

chaos_result run_chaos(std::uint64_t seed, const chaos_options& options = {});

}  // namespace edgemesh::sim
