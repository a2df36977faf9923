// Spawns a function-based typed stateful actor on a loop.
#pragma once
#include <caf/actor_system.hpp>
#include <caf/detail/init_fun_factory.hpp>
#include <caf/stateful_actor.hpp>
#include <utility>

#include "actors/runtime/hosted.hpp"

namespace edgemesh::actors {

/// Where an actor lives: on `unit`'s loop, or on the system's scheduler when there is none (tests).
struct actor_home {
  caf::actor_system& system;
  core_unit* unit = nullptr;
};

/// `deps` must not be left out of `f`'s parameters: an init function without arguments trips UBSan inside CAF.
template <class Handle, class State, class F, class Deps>
Handle spawn_on(actor_home home, F f, Deps&& deps) {
  using impl = hosted<caf::stateful_actor<State, typename Handle::base>>;
  caf::actor_config cfg{home.unit};
  cfg.init_fun = caf::detail::init_fun_factory<impl, F>{}(std::move(f), std::forward<Deps>(deps));
  return home.system.template spawn_class<impl, caf::no_spawn_options>(cfg);
}

}  // namespace edgemesh::actors
