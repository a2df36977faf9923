// Actors without threads: CAF's test coordinator runs them one message at a time, in time that the test passes.
#pragma once
#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {

class virtual_time : public ::testing::Test {
 protected:
  virtual_time() {
    log::configure(log::level::off, log::format::text);
    config_.config_file_path.clear();
    config_.set("scheduler.policy", caf::atom("testing"));
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  // Before any destructor: actors may still tell members of the fixture.
  void TearDown() override {
    for (const auto& a : kept_) caf::anon_send_exit(a, caf::exit_reason::kill);
    settle();
    kept_.clear();
    system_.reset();
  }

  caf::actor_system& system() { return *system_; }
  actor_home home() { return {*system_, nullptr}; }
  instant now() { return scheduler().clock().now(); }
  void settle() {
    while (scheduler().try_run_once()) {
    }
  }
  /// Lets time pass in steps that are smaller than every interval of ours.
  void pass(milliseconds total) {
    for (constexpr milliseconds step{25}; total > milliseconds(0); total -= step) {
      scheduler().clock().advance_time(std::min(step, total));
      settle();
    }
  }
  template <class Handle, class Message>
  void tell(const Handle& to, Message m) {
    caf::anon_send(to, std::move(m));
    settle();
  }
  /// Ended with the test; every actor needs this, or the system waits for it for ever.
  template <class Handle>
  Handle keep(Handle h) {
    kept_.push_back(caf::actor_cast<caf::strong_actor_ptr>(h));
    settle();
    return h;
  }
  template <class Handle>
  void end(const Handle& h, caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(h, why);
    settle();
  }

  /// What a directory was told.
  struct directory_log {
    std::vector<std::shared_ptr<const routing::backend_row>> rows;
    std::vector<backend_view_ptr> views;
    std::vector<std::string> unlisted;
    int flushes = 0;
  };
  directory_actor recording_directory(directory_log* to) {
    return keep(system().spawn(
        [](directory_actor::pointer, directory_log* log) -> directory_actor::behavior_type {
          return {[log](const backend_listed& m) { log->rows.push_back(m.row), log->views.push_back(m.view); },
                  [log](const backend_seen& m) { log->views.push_back(m.view); },
                  [log](const backend_unlisted& m) { log->unlisted.push_back(m.name); },
                  [](const routes_configured&) {},
                  [](publish_due) {},
                  [log](const flush_routes& m) { ++log->flushes, m.reply.complete(7); },
                  [](const list_backends&) {},
                  [](const remote_rows_told&) {}};
        },
        to));
  }

  /// What a keeper was told.
  struct keeper_log {
    std::vector<endpoints_found> found;
    std::vector<addresses_known> addresses;
    std::vector<std::string> recovered, vanished;
  };
  keeper_actor recording_keeper(keeper_log* to) {
    return keep(system().spawn(
        [](keeper_actor::pointer, keeper_log* log) -> keeper_actor::behavior_type {
          return {[](const backends_configured&) {},
                  [log](const endpoints_found& m) { log->found.push_back(m); },
                  [log](const addresses_known& m) { log->addresses.push_back(m); },
                  [log](const backend_recovered& m) { log->recovered.push_back(m.backend); },
                  [log](const backend_vanished& m) { log->vanished.push_back(m.backend); },
                  [](const model_missed&) {},
                  [](look_ended) {},
                  [](routes_flushed) {},
                  [](const tell_backend&) {},
                  [](const ask_backend&) {}};
        },
        to));
  }

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }
  caf::actor_system_config config_;  // not the house's: that one brings its scheduler
  std::unique_ptr<caf::actor_system> system_;
  std::vector<caf::strong_actor_ptr> kept_;
};

}  // namespace edgemesh::actors
