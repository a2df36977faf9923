// What programs that print keys (backends[].api_key_command) may take. Constant but for tests.
#pragma once
#include <cstddef>

#include "base/clock.hpp"

namespace edgemesh::settings {

struct key_command_limits {
  milliseconds each{10'000};
  milliseconds all{20'000};  ///< of one reading, however many backends there are
  std::size_t at_once = 8;
  std::size_t output_max = 8u << 10;
};

}  // namespace edgemesh::settings
