// Everything that one fake backend knows: settings, faults, slots, what was asked, what is loaded. Owned by
// the fake backend's loop; one thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "base/random_source.hpp"
#include "mock/fault_table.hpp"
#include "mock/mock_options.hpp"
#include "mock/request_log.hpp"
#include "mock/slot_queue.hpp"

namespace edgemesh::mock {

struct mock_state {
  explicit mock_state(mock_options o);

  mock_options options;  ///< models filled in; ttft, itl and tokens change while running
  fault_table faults;
  random_source rng;
  slot_queue slots;
  request_log log;
  std::map<std::string, double>
      loaded;  ///< Ollama: canonical name → wall clock ms of its end; at most one per model
  std::uint64_t prompt_tokens = 0;  ///< of all answers, for the metrics pages
  std::uint64_t answer_tokens = 0;
  std::uint64_t answers = 0;
  double wall_ms = 0;  ///< wall clock of the request that is being read, milliseconds since 1970

  std::string id(std::string_view prefix, int length);  ///< prefix and random hex digits
  std::int64_t created() const noexcept { return static_cast<std::int64_t>(wall_ms / 1000); }
};

/// "2026-11-22T10:00:00.123000000Z"
std::string rfc3339(double wall_ms);

}  // namespace edgemesh::mock
