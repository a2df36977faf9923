// CAF's work-sharing scheduler with a clock that sleeps while nothing is due.
#pragma once
#include <caf/actor_system.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include "actors/runtime/quiet_clock.hpp"

namespace edgemesh::actors {

class house_scheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
 public:
  using base = caf::scheduler::coordinator<caf::policy::work_sharing>;
  explicit house_scheduler(caf::actor_system& system) : base(system), clock_(base::clock()) {}
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) { return new house_scheduler(system); }

 protected:
  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

 private:
  quiet_clock clock_;
};

}  // namespace edgemesh::actors
