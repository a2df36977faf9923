// Owns the strong reference that enqueue() or launch() took for a scheduled job. A job that never runs is cleaned up, so
// that links and monitors still fire.
#pragma once
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <utility>

namespace edgemesh::actors {

class adopted {
 public:
  explicit adopted(caf::resumable* job) noexcept : job_(job) {}
  adopted(adopted&& other) noexcept : job_(std::exchange(other.job_, nullptr)) {}
  adopted& operator=(adopted&&) = delete;
  ~adopted() {
    if (job_) caf::scheduler::abstract_coordinator::cleanup_and_release(job_);
  }
  caf::resumable* get() const noexcept { return job_; }
  caf::resumable* release() noexcept { return std::exchange(job_, nullptr); }

 private:
  caf::resumable* job_;
};

}  // namespace edgemesh::actors
