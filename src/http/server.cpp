#include "http/server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <random>

#include "base/log.hpp"
#include "http/request_context.hpp"
#include "http/session.hpp"
#include "http/shard_context.hpp"
#include "http/tls_entry.hpp"

namespace edgemesh::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

/// Owns one connection from accept to close.
asio::awaitable<void> serve(shard_context& shard, std::shared_ptr<client_stream> client, std::shared_ptr<session_link> link, bool needs_handshake) {
  struct closing {
    client_stream& stream;
    ~closing() { stream.close(); }
  } at_the_end{*client};
  if (needs_handshake && !co_await enter_tls(shard.ticks, client, shard.ports.options()->timeouts.head)) co_return;
  session running(shard, client, link);
  co_await running.run();
}

void log_end(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) log::error("session_failed", {{"error", e.code().message()}});
  } catch (const std::exception& e) {
    log::error("session_failed", {{"error", e.what()}});
  }
}

}  // namespace

struct server::state : std::enable_shared_from_this<state> {
  state(asio::io_context& io, tcp::acceptor a, gateway_ports& ports, int number)
      : shard(io, ports, number, random_seed()), acceptor(std::move(a)), pause(io) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code ec, tcp::socket socket) { self->accepted(ec, std::move(socket)); });
  }

  void accepted(error_code ec, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space) return wait_and_accept();
    if (!ec) open(std::move(socket));
    accept();
  }

  /// Out of descriptors: accepting again at once would spin.
  void wait_and_accept() {
    log::warn("accept_paused", {{"reason", "no file descriptors left"}});
    pause.expires_after(milliseconds(100));
    pause.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && self->acceptor.is_open()) self->accept();
    });
  }

  void turn_away(tcp::socket socket) {
    if (tls) return;  // a handshake for a refusal would be the dearest answer of all
    request_context context;
    context.options = shard.ports.options();
    context.record.id = shard.fresh_id("req-");
    context.keep_alive = false;
    const auto text = context.error_response(openai::unavailable("limits.connections is reached", "too_many_connections", seconds(1)));
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
  }

  void open(tcp::socket socket) {
    if (!shard.ports.connection_opened()) {
      turn_away(std::move(socket));
      return;
    }
    auto fresh = tls ? std::make_unique<net::socket_tls>(tls->context(), socket) : nullptr;
    run_session(std::move(socket), std::move(fresh), std::make_shared<session_link>(), tls != nullptr);
  }

  void adopt(net::mesh_connection connection, lent_watch lent) {
    const bool is_known = connection.peer || connection.protocol == net::mesh_protocol::join;  // else it would pass for a client
    if (!is_known || !shard.ports.connection_opened()) {
      if (lent) lent(lent_event::ended);
      return;
    }
    auto link = std::make_shared<session_link>();
    link->lent = std::move(lent);
    link->is_join = connection.protocol == net::mesh_protocol::join;
    if (!link->is_join) link->peer = connection.peer;
    run_session(std::move(connection.socket), std::move(connection.tls), std::move(link), false);
  }

  void run_session(tcp::socket socket, std::unique_ptr<net::socket_tls> encryption, std::shared_ptr<session_link> link, bool needs_handshake) {
    link->view.id = "s-" + std::to_string(shard.shard) + "-" + std::to_string(++shard.sessions_made);
    link->view.opened = std::chrono::system_clock::now();
    error_code ec;
    const auto from = socket.remote_endpoint(ec);
    if (!ec) link->view.client = from.address().to_string() + ":" + std::to_string(from.port());
    auto ended = shard.ports.session_opened(link);
    auto client = std::make_shared<client_stream>(std::move(socket), std::move(encryption));
    asio::co_spawn(shard.io, serve(shard, std::move(client), link, needs_handshake),
                   asio::bind_cancellation_slot(
                       link->stop.slot(), [self = shared_from_this(), link, ended = std::move(ended)](std::exception_ptr failure) {
                         link->over = true;
                         if (link->lent) link->lent(lent_event::ended);
                         log_end(failure);
                         self->shard.ports.connection_closed();
                         ended();
                       }));
  }

  shard_context shard;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  net::shared_server_tls tls;  // null: plain HTTP
};

server::server(asio::io_context& io, tcp::acceptor acceptor, gateway_ports& ports, int shard)
    : state_(std::make_shared<state>(io, std::move(acceptor), ports, shard)) {}

server::~server() { stop_accepting(); }

void server::start() { state_->accept(); }

void server::use_tls(net::shared_server_tls tls) { state_->tls = std::move(tls); }

void server::adopt(net::mesh_connection connection, lent_watch lent) {
  if (connection.protocol != net::mesh_protocol::link) state_->adopt(std::move(connection), std::move(lent));
}

void server::stop_accepting() {
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
}

}  // namespace edgemesh::http
