#include <caf/all.hpp>

#include "actors/backend_state.hpp"
#include "actors/runtime/house_rules.hpp"

namespace edgemesh::actors {

backend_actor::behavior_type backend(backend_actor::stateful_pointer<backend_state> self, backend_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  return {
      [self](const probe_ended& m) { self->state.on_probe(m); },
      [self](const names_resolved& m) { self->state.on_names(m); },
      [self](const attempt_reported& m) { self->state.on_attempt(m.outcome); },
      [self](const wake_up& m) { self->state.on_wake(m); },
      [self](const drain_backend& m) { self->state.on_drain(m); },
      [self](const probe_backend& m) { self->state.on_probe_asked(m); },
      [self](const inspect_backend& m) { m.reply.complete(self->state.view()); },
      [self](const reconfigure_backend& m) { self->state.on_reconfigure(m); },
  };
}

backend_actor spawn_backend(actor_home home, backend_deps deps) {
  return spawn_on<backend_actor, backend_state>(home, backend, std::move(deps));
}

}  // namespace edgemesh::actors
