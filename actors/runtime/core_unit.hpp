// Runs hosted actors on one io_context. One per loop, made after the actor system, destroyed after the loop has stopped.
// exec_later() is called from any thread; actors run on the loop's thread alone, 64 messages a turn so that sockets are
// served in between.
#pragma once
#include <boost/asio/io_context.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>

#include "actors/runtime/adopted.hpp"

namespace edgemesh::actors {

class core_unit final : public caf::execution_unit {
 public:
  core_unit(caf::actor_system& system, boost::asio::io_context& io) : caf::execution_unit(&system), io_(io) {}
  void exec_later(caf::resumable* job) override;
  boost::asio::io_context& io() noexcept { return io_; }

 private:
  static constexpr std::size_t turn_messages_max = 64;
  void turn(adopted job);
  boost::asio::io_context& io_;
};

}  // namespace edgemesh::actors
