// Instants of the wall clock as people and programs read them. Pure.
#pragma once
#include <string>

#include "base/clock.hpp"

namespace edgemesh {

/// RFC 3339 in UTC with milliseconds: "2026-11-23T00:19:29.123Z".
void append_timestamp(std::string& out, wall_time t);
inline std::string timestamp(wall_time t) {
  std::string out;
  append_timestamp(out, t);
  return out;
}

}  // namespace edgemesh
