// Pins an actor to the loop of the core_unit that it was spawned with, whoever sends to it. Spawned without one it runs on
// CAF's scheduler: that is how tests run the same actor in virtual time.
#pragma once
#include <caf/actor_config.hpp>
#include <caf/mailbox_element.hpp>
#include <utility>

#include "actors/runtime/core_unit.hpp"

namespace edgemesh::actors {

template <class Base>
class hosted : public Base {
 public:
  template <class... Ts>
  explicit hosted(caf::actor_config& cfg, Ts&&... xs)
      : Base(cfg, std::forward<Ts>(xs)...), home_(dynamic_cast<core_unit*>(cfg.host)) {}
  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* sender) override {
    Base::enqueue(std::move(message), home_ ? home_ : sender);
  }
  caf::resumable::subtype_t subtype() const override { return home_ ? caf::resumable::io_actor : Base::subtype(); }

 private:
  core_unit* home_;
};

}  // namespace edgemesh::actors
