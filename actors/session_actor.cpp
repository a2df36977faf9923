#include <caf/all.hpp>

#include "actors/runtime/house_rules.hpp"
#include "actors/session_state.hpp"

namespace edgemesh::actors {

session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self, session_deps deps) {
  adopt_house_rules(self);
  self->state.start(std::move(deps));
  self->set_exit_handler([self](const caf::exit_msg&) { self->state.stop(); });  // quits when the coroutine says that it ended
  return {
      [self](session_ended) { self->state.ended(); },
      [self](cancel_session) { self->state.stop(); },
      [self](drain_session) { self->state.drain(); },
      [self](end_if_idle) { self->state.stop_if_idle(); },
  };
}

session_actor spawn_session(actor_home home, session_deps deps) {
  return spawn_on<session_actor, session_state>(home, session, std::move(deps));
}

void session_state::stop() {
  if (link_ && !link_->over) link_->stop.emit(boost::asio::cancellation_type::terminal);
}

void session_state::stop_if_idle() {
  if (!link_->view.busy) stop();
}

void session_state::drain() { link_->draining = true; }

void session_state::ended() { self_->quit(); }

}  // namespace edgemesh::actors
