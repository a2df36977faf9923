#include "actors/runtime/core_unit.hpp"

#include <boost/asio/post.hpp>

namespace edgemesh::actors {

void core_unit::exec_later(caf::resumable* job) {
  if (job->subtype() == caf::resumable::io_actor)
    boost::asio::post(io_, [this, j = adopted{job}]() mutable { turn(std::move(j)); });
  else
    system().scheduler().enqueue(job);  // ordinary actors that a hosted one spawned
}

void core_unit::turn(adopted job) {
  switch (job.get()->resume(this, turn_messages_max)) {
    case caf::resumable::resume_later: exec_later(job.release()); break;
    case caf::resumable::shutdown_execution_unit: (void)job.release(); break;
    default: caf::intrusive_ptr_release(job.release()); break;
  }
}

}  // namespace edgemesh::actors
