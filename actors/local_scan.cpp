#include "actors/local_scan.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "actors/probe_runner.hpp"
#include "http/fetch.hpp"

namespace edgemesh::actors {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::shared_ptr<const net::upstream_target> bare_target(const ip_endpoint& at, const resilience::timeout_options& timeouts) {
  auto t = std::make_shared<net::upstream_target>();
  t->url.authority = {at.address.to_string(), at.port};
  t->addresses = {at};
  t->host_header = t->url.host_header();
  t->server_name = t->url.authority.host;
  t->timeouts = timeouts;
  return t;
}

asio::awaitable<bool> somebody_listens(ip_endpoint at, milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  asio::steady_timer timer(executor, patience);
  timer.async_wait([&socket](boost::system::error_code e) {
    boost::system::error_code ignored;
    if (!e) socket.close(ignored);
  });
  boost::system::error_code ec;
  co_await socket.async_connect({asio::ip::make_address(at.address.to_string()), at.port}, asio::redirect_error(asio::use_awaitable, ec));
  // A timer that has fired already, with its handler queued, would find the socket gone: wait for the handler too.
  timer.cancel();
  co_await asio::post(executor, asio::use_awaitable);
  co_return !ec;
}

asio::awaitable<std::optional<found_endpoint>> look_at(ip_endpoint at, resilience::timeout_options timeouts, milliseconds patience) {
  const bool is_open = co_await somebody_listens(at, patience);
  if (!is_open) co_return std::nullopt;
  probe_order order{bare_target(at, timeouts), backend_kind::automatic, std::make_shared<dialects::probe_memory>()};
  auto result = co_await run_probe(std::move(order), http::fetch, {.time_max = milliseconds(8000)});
  co_return found_endpoint{at, std::move(result)};
}

struct gathering {
  std::vector<found_endpoint> found;
  std::size_t pending = 0;
  std::function<void(std::vector<found_endpoint>)> done;

  void one_less() {
    if (--pending > 0) return;
    // Both families of one port lead to the same server: IPv4 sorts first and stays.
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.at.port != b.at.port ? a.at.port < b.at.port : a.at.address.is_v4 && !b.at.address.is_v4;
    });
    found.erase(std::unique(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at.port == b.at.port; }),
                found.end());
    done(std::move(found));
  }
};

}  // namespace

std::vector<ip_endpoint> scan_candidates(const std::vector<ip_endpoint>& claimed) {
  std::vector<ip_endpoint> out;
  for (const auto& known : dialects::well_known_ports()) {
    const bool is_taken = std::any_of(claimed.begin(), claimed.end(), [&](const auto& c) {
      return c.port == known.port && (c.address.is_loopback() || c.address == ip_address{} || c.address == *parse_ip("0.0.0.0"));
    });
    if (is_taken) continue;
    for (const char* host : {"127.0.0.1", "::1"}) out.push_back({*parse_ip(host), known.port});
  }
  return out;
}

void start_scan(asio::io_context& io, scan_order order, std::function<void(std::vector<found_endpoint>)> done) {
  if (order.candidates.empty()) return asio::post(io, [done = std::move(done)] { done({}); });
  auto all = std::make_shared<gathering>();
  all->pending = order.candidates.size();
  all->done = std::move(done);
  for (const auto& at : order.candidates)
    asio::co_spawn(io, look_at(at, order.timeouts, order.connect_timeout),
                   [all](std::exception_ptr failure, std::optional<found_endpoint> found) {
                     if (!failure && found) all->found.push_back(std::move(*found));
                     all->one_less();
                   });
}

}  // namespace edgemesh::actors
