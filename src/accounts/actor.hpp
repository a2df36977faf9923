// Who asks for a change of keys or groups, and when: passed in by whoever knows, so that this room has no clock. Plain values.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "domain/policy.hpp"
#include "replication/hybrid_clock.hpp"

namespace edgemesh::accounts {

struct actor_facts {
  std::string key_id;  ///< "local": an operator of this machine, without a key; "": the node itself
  key_role role = key_role::client;
  std::string group;   ///< id; "" none
};

struct act {
  actor_facts by;
  wall_time now{};
  replication::hybrid_time stamp;  ///< of the node's clock: above all that it gave or merged before

  std::int64_t unix_seconds() const noexcept { return std::chrono::duration_cast<seconds>(now.time_since_epoch()).count(); }
  std::int64_t unix_ms() const noexcept { return std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count(); }
};

}  // namespace edgemesh::accounts
