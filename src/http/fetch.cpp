#include "http/fetch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>

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

/// Gives up each step of connecting that is overdue; once connected, closes the connection when the time is up. Every wait
/// on it ends then. Lives until its last handler has run: a handler that is queued already cannot be called back.
class watch : public std::enable_shared_from_this<watch> {
 public:
  watch(asio::any_io_executor executor, net::upstream_connection& connection) : timer_(executor), connection_(&connection) {}
  void connecting() { arm(step_interval); }
  void connected(milliseconds time_left) {
    until_ = steady_clock::now() + time_left;
    arm(time_left);
  }
  void end() noexcept {
    connection_ = nullptr;
    timer_.cancel();
  }
  bool has_rung() const noexcept { return has_rung_; }

 private:
  static constexpr milliseconds step_interval{50};
  void arm(milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([me = shared_from_this()](const boost::system::error_code& ec) {
      if (!ec && me->connection_) me->look();
    });
  }
  void look() {
    const auto now = steady_clock::now();
    if (until_ && now >= *until_) {
      has_rung_ = true;
      return connection_->abort();
    }
    if (!until_ && now >= connection_->due()) connection_->give_up_step();
    arm(step_interval);
  }
  asio::steady_timer timer_;
  net::upstream_connection* connection_;
  std::optional<instant> until_;  // nullopt: connecting
  bool has_rung_ = false;
};

struct watched {
  watched(asio::any_io_executor ex, net::upstream_connection& c) : by(std::make_shared<watch>(ex, c)) { by->connecting(); }
  ~watched() { by->end(); }
  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;
  std::shared_ptr<watch> by;
};

probe_reply failed(probe_reply::outcome how, const net::upstream_connection& connection) {
  probe_reply reply;
  reply.result = how;
  reply.why = connection.problem();
  return reply;
}

/// Over a connection that is open.
asio::awaitable<probe_reply> talk(net::upstream_connection& connection, watch& clock, const net::upstream_target& target,
                                  const dialects::probe_request& request) {
  using outcome = probe_reply::outcome;
  clock.connected(request.timeout);
  const auto not_answered = [&] { return failed(clock.has_rung() ? outcome::timed_out : outcome::broken, connection); };

  upstream_head_facts facts;
  facts.method = request.method;
  facts.target = request.target;
  facts.content_length = request.body.size();
  const std::string text = upstream_request_head(target, facts) + request.body;
  if (co_await connection.write(text)) co_return not_answered();

  bounded_body body(request.bytes_max);
  response_parser parser(body);
  char buffer[8192];
  for (auto state = response_parser::state::more; state == response_parser::state::more;) {
    boost::system::error_code ec;
    const std::size_t n = co_await connection.read(asio::buffer(buffer), ec);
    state = n > 0 ? parser.feed({buffer, n}) : ec ? parser.end() : state;
    if (state == response_parser::state::broken || body.too_large || clock.has_rung()) co_return not_answered();
  }
  probe_reply reply;
  reply.result = outcome::answered;
  reply.status = parser.head().status;
  reply.content_type = parser.head().content_type;
  reply.edgemesh_node = parser.head().edgemesh_node;
  reply.body = std::move(body.text);
  co_return reply;
}

}  // namespace

asio::awaitable<probe_reply> fetch(std::shared_ptr<const net::upstream_target> target, dialects::probe_request request) {
  const auto executor = co_await asio::this_coro::executor;
  net::upstream_connection connection(executor);
  watched guard(executor, connection);
  using outcome = probe_reply::outcome;
  if (const auto ec = co_await connection.connect(*target))
    co_return failed(ec == asio::error::timed_out ? outcome::timed_out : outcome::refused, connection);
  co_return co_await talk(connection, *guard.by, *target, request);
}

asio::awaitable<probe_reply> fetch_on(std::unique_ptr<net::upstream_connection> connection, std::shared_ptr<const net::upstream_target> target,
                                      dialects::probe_request request) {
  const auto executor = co_await asio::this_coro::executor;
  watched guard(executor, *connection);
  co_return co_await talk(*connection, *guard.by, *target, request);
}

}  // namespace edgemesh::http
