// What a backend says about its own load, and when it said so.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace edgemesh {

struct load_report {
  std::optional<int> running;      ///< requests being worked on
  std::optional<int> waiting;      ///< requests queued at the backend
  std::optional<int> slots;        ///< how many it works on at once (llama.cpp total_slots)
  std::optional<double> kv_usage;  ///< 0..1
  instant at{};
};

}  // namespace edgemesh
