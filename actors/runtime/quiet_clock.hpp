// CAF's clock, left asleep where there is nothing to do. CAF tells the clock of every actor that ends, for its timeouts to be
// forgotten, and each telling wakes the clock's thread: two task switches per closed connection, as sessions are actors
// that never set a timeout. This one passes on what concerns actors that did. Any thread.
#pragma once
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <mutex>
#include <unordered_set>

namespace edgemesh::actors {

class quiet_clock final : public caf::detail::thread_safe_actor_clock {
 public:
  /// `real` does the work and outlives this.
  explicit quiet_clock(caf::actor_clock& real) noexcept : real_(real) {}

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) override;
  void cancel_all() override;

 private:
  void note(caf::abstract_actor* self);

  caf::actor_clock& real_;
  std::mutex mutex_;
  std::unordered_set<caf::abstract_actor*> timed_;  // set a timeout and have not ended
};

}  // namespace edgemesh::actors
