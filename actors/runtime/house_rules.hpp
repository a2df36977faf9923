// What every actor of this house does with what it did not expect: it says so in our log and goes on; only a handler that
// throws, or an EXIT, ends it.
#pragma once
#include <caf/system_messages.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <exception>

#include "base/log.hpp"

namespace edgemesh::actors {

template <class Self>
void adopt_house_rules(Self* self) {
  self->set_default_handler([](auto* me, caf::message_view&) -> caf::result<caf::message> {
    log::error("unexpected_message", {{"actor", me->name()}});
    return caf::sec::unexpected_message;
  });
  self->set_down_handler([](caf::down_msg&) {});
  self->set_error_handler([name = self->name()](caf::error&) { log::error("unexpected_error", {{"actor", name}}); });
  self->set_exception_handler([name = self->name()](std::exception_ptr&) -> caf::error {
    log::error("actor_failed", {{"actor", name}});
    return caf::exit_reason::unhandled_exception;
  });
}

}  // namespace edgemesh::actors
