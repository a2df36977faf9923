// What programs that print keys (backends[].api_key_command) may take. Constant.
#pragma once
#include <cstddef>

#include "base/clock.hpp"

namespace edgemesh::settings {

struct key_command_limits {
  static constexpr milliseconds each{10'000};
  static constexpr milliseconds all{20'000};  ///< of one reading, whatever many backends there are
  static constexpr std::size_t at_once = 8;
  static constexpr std::size_t output_max = 8u << 10;
};

}  // namespace edgemesh::settings
