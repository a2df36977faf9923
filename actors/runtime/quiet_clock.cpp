#include "actors/runtime/quiet_clock.hpp"

#include <caf/all.hpp>

namespace edgemesh::actors {

void quiet_clock::note(caf::abstract_actor* self) {
  const std::lock_guard guard(mutex_);
  timed_.insert(self);
}

void quiet_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  note(self);
  real_.set_ordinary_timeout(t, self, type, id);
}

void quiet_clock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  note(self);
  real_.set_multi_timeout(t, self, type, id);
}

void quiet_clock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  note(self);
  real_.set_request_timeout(t, self, id);
}

void quiet_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  real_.cancel_ordinary_timeout(self, type);
}

void quiet_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) { real_.cancel_request_timeout(self, id); }

void quiet_clock::cancel_timeouts(caf::abstract_actor* self) {
  {
    const std::lock_guard guard(mutex_);
    if (timed_.erase(self) == 0) return;
  }
  real_.cancel_timeouts(self);
}

void quiet_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) {
  real_.schedule_message(t, std::move(receiver), std::move(content));
}

void quiet_clock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) {
  real_.schedule_message(t, std::move(target), std::move(sender), std::move(content));
}

void quiet_clock::cancel_all() {
  {
    const std::lock_guard guard(mutex_);
    timed_.clear();
  }
  real_.cancel_all();
}

}  // namespace edgemesh::actors
