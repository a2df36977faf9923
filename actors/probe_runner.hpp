// Runs a probe that a dialect describes: one HTTP exchange after the other, as a coroutine on the control loop. Bounded by
// `exchanges_max` and `time_max`; a probe that takes longer counts as not answered.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "actors/backend_state.hpp"
#include "actors/probe_result.hpp"

namespace edgemesh::actors {

struct probe_limits {
  int exchanges_max = 1024;     ///< Ollama is asked once per model that is new
  milliseconds time_max{30000};
};

/// How one exchange is done; http::fetch but for tests.
using fetch_function = std::function<boost::asio::awaitable<dialects::probe_reply>(std::shared_ptr<const net::upstream_target>,
                                                                                   dialects::probe_request)>;

boost::asio::awaitable<std::shared_ptr<const probe_result>> run_probe(probe_order order, fetch_function fetch, probe_limits limits = {});

/// The same, detached: `done` is called exactly once, on `io`, unless `io` ends first.
void start_probe(boost::asio::io_context& io, probe_order order, std::function<void(std::shared_ptr<const probe_result>)> done);

}  // namespace edgemesh::actors
