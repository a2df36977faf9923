#include "http/fetch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "http/body_sink.hpp"
#include "http/response_parser.hpp"
#include "http/upstream_head.hpp"
#include "net/upstream_connection.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;
using dialects::probe_reply;

namespace {

class bounded_body final : public body_sink {
 public:
  explicit bounded_body(std::size_t max) : max_(max) {}
  void on_body(std::string_view bytes) override {
    if (bytes.size() > max_ - text.size()) too_large = true;
    text.append(bytes.substr(0, max_ - text.size()));
  }
  std::string text;
  bool too_large = false;

 private:
  std::size_t max_;
};

/// Closes the connection when the time is up; every wait on it ends then.
struct alarm_clock {
  alarm_clock(asio::any_io_executor ex, net::upstream_connection& c, milliseconds after) : timer(ex), rung(std::make_shared<bool>(false)) {
    timer.expires_after(after);
    timer.async_wait([&c, flag = rung](const boost::system::error_code& ec) {
      if (ec) return;
      *flag = true;
      c.abort();
    });
  }
  asio::steady_timer timer;
  std::shared_ptr<bool> rung;
};

probe_reply failed(const alarm_clock& clock, probe_reply::outcome otherwise) {
  probe_reply reply;
  reply.result = *clock.rung ? probe_reply::outcome::timed_out : otherwise;
  return reply;
}

}  // namespace

asio::awaitable<probe_reply> fetch(std::shared_ptr<const net::upstream_target> target, dialects::probe_request request) {
  const auto executor = co_await asio::this_coro::executor;
  net::upstream_connection connection(executor);
  alarm_clock clock(executor, connection, request.timeout);
  if (co_await connection.connect(*target)) co_return failed(clock, probe_reply::outcome::refused);

  upstream_head_facts facts;
  facts.method = request.method;
  facts.target = request.target;
  facts.content_length = request.body.size();
  const std::string text = upstream_request_head(*target, facts) + request.body;
  if (co_await connection.write(text)) co_return failed(clock, probe_reply::outcome::broken);

  bounded_body body(request.bytes_max);
  response_parser parser(body);
  char buffer[8192];
  for (auto state = response_parser::state::more; state == response_parser::state::more;) {
    const auto [ec, n] = co_await connection.read(asio::buffer(buffer));
    state = n > 0 ? parser.feed({buffer, n}) : ec ? parser.end() : state;
    if (state == response_parser::state::broken || body.too_large || *clock.rung) co_return failed(clock, probe_reply::outcome::broken);
  }
  probe_reply reply;
  reply.result = probe_reply::outcome::answered;
  reply.status = parser.head().status;
  reply.content_type = parser.head().content_type;
  reply.edgemesh_node = parser.head().edgemesh_node;
  reply.body = std::move(body.text);
  co_return reply;
}

}  // namespace edgemesh::http
