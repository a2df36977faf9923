#include "actors/probe_runner.hpp"

#include <boost/asio/co_spawn.hpp>

#include "base/log.hpp"
#include "http/fetch.hpp"

namespace edgemesh::actors {
namespace asio = boost::asio;

asio::awaitable<std::shared_ptr<const probe_result>> run_probe(probe_order order, fetch_function fetch, probe_limits limits) {
  const auto begin = steady_clock::now();
  auto out = std::make_shared<probe_result>();
  const auto machine = order.kind == backend_kind::automatic ? dialects::make_recognition(order.memory.get())
                                                             : dialects::make_probe(order.kind, order.memory.get());
  int exchanges = 0;
  for (auto request = machine->next(); request; request = machine->next()) {
    const auto sent = steady_clock::now();
    if (++exchanges > limits.exchanges_max || sent - begin > limits.time_max) {
      out->report = machine->report();
      out->report.health = backend_health::down;
      out->report.detail = "the probe took too long";
      co_return out;
    }
    const auto reply = co_await fetch(order.target, std::move(*request));
    const bool is_answered = reply.result == dialects::probe_reply::outcome::answered;
    if (exchanges == 1) out->is_refused = reply.result == dialects::probe_reply::outcome::refused;
    if (exchanges == 1 && is_answered)
      out->latency = std::chrono::duration_cast<milliseconds>(steady_clock::now() - sent);
    out->is_answered = out->is_answered || is_answered;
    machine->reply(reply);
  }
  out->report = machine->report();
  co_return out;
}

void start_probe(asio::io_context& io, probe_order order, std::function<void(std::shared_ptr<const probe_result>)> done) {
  asio::co_spawn(io, run_probe(std::move(order), http::fetch),
                 [done = std::move(done)](std::exception_ptr failure, std::shared_ptr<const probe_result> result) {
                   if (!failure) return done(std::move(result));
                   log::error("probe_failed");
                   auto none = std::make_shared<probe_result>();
                   none->report.health = backend_health::down;
                   none->report.detail = "the probe failed inside the gateway";
                   done(std::move(none));
                 });
}

}  // namespace edgemesh::actors
