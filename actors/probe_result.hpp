// How one probe run of a backend ended, as its actor is told.
#pragma once
#include <optional>

#include "base/clock.hpp"
#include "dialects/probe.hpp"

namespace edgemesh::actors {

struct probe_result {
  dialects::probe_report report;
  bool is_refused = false;              ///< the first exchange found nobody listening
  bool is_answered = false;             ///< some exchange was answered
  std::optional<milliseconds> latency;  ///< of the first exchange, when it was answered
};

}  // namespace edgemesh::actors
