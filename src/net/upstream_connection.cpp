#include "net/upstream_connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "net/asio_endpoint.hpp"
#include "net/client_tls.hpp"
#include "net/tunnel_reply.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t tunnel_head_bytes_max = 8192;

auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

std::string dialling_problem(const error_code& ec) {
  if (ec == asio::error::timed_out) return "no connection in time";
  if (ec == asio::error::connection_refused) return "connection refused";
  if (ec == asio::error::host_unreachable || ec == asio::error::network_unreachable) return "there is no way to its address";
  return "no connection";
}

}  // namespace

upstream_connection::upstream_connection(mesh_connection lent)
    : socket_(std::move(lent.socket)), lent_tls_(std::move(lent.tls)), facet_(std::move(lent)) {
  lent_tls_->rebind(socket_);
}

upstream_connection::~upstream_connection() { abort(); }

std::optional<mesh_connection> upstream_connection::release_lent() {
  if (!lent_tls_ || !socket_.is_open()) return std::nullopt;
  mesh_connection given(std::move(socket_), std::move(lent_tls_));
  static_cast<mesh_facet&>(given) = std::move(facet_);
  return given;
}

asio::awaitable<error_code> upstream_connection::connect(const upstream_target& target) {
  error_code ec = co_await dial(target);
  if (!ec && target.proxy && target.url.tls) {
    due_ = steady_clock::now() + target.timeouts.connect;
    ec = co_await open_tunnel(target);
  }
  if (!ec && target.url.tls) {
    due_ = steady_clock::now() + target.timeouts.connect;
    ec = co_await shake_hands(target);
  }
  due_ = instant::max();
  if (ec && step_given_up_) ec = asio::error::timed_out;
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::dial(const upstream_target& target) {
  const auto& addresses = target.proxy ? target.proxy->addresses : target.addresses;
  const std::string who = target.proxy ? "the proxy: " : "";
  error_code ec = asio::error::host_not_found;
  if (addresses.empty()) problem_ = who + "the host name is not known";
  const std::size_t first = target.best_address ? target.best_address->load(std::memory_order_relaxed) : 0;
  for (std::size_t i = 0; i < addresses.size() && !is_aborted_; ++i) {
    const std::size_t at = (first + i) % addresses.size();
    due_ = steady_clock::now() + target.timeouts.connect;
    ec = co_await dial_one(addresses[at]);
    if (!ec) {
      if (target.best_address && at != first) target.best_address->store(at, std::memory_order_relaxed);
      break;
    }
    problem_ = who + dialling_problem(step_given_up_ ? asio::error::timed_out : ec);
  }
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::dial_one(const ip_endpoint& address) {
  error_code ec, ignored;
  step_given_up_ = false;
  if (socket_.is_open()) socket_.close(ignored);
  const auto endpoint = to_asio(address);
  socket_.open(endpoint.protocol(), ec);
  if (ec) co_return ec;
  co_await socket_.async_connect(endpoint, into(ec));
  if (ec) co_return ec;
  if (!socket_.is_open()) co_return asio::error::operation_aborted;  // closed after the system had said yes
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::open_tunnel(const upstream_target& target) {
  std::string head = "CONNECT " + target.url.authority.to_string() + " HTTP/1.1\r\nHost: " + target.url.authority.to_string() + "\r\n";
  if (const auto credentials = target.proxy->authorization(); !credentials.empty())
    head += "Proxy-Authorization: " + credentials + "\r\n";
  head += "\r\n";
  error_code ec;
  co_await asio::async_write(socket_, asio::buffer(head), into(ec));
  std::string reply;
  while (!ec && reply.size() < tunnel_head_bytes_max && !reply.ends_with("\r\n\r\n")) {
    char byte;  // one at a time: what follows the head belongs to TLS
    reply.append(&byte, co_await socket_.async_read_some(asio::buffer(&byte, 1), into(ec)));
  }
  if (!ec) {
    problem_ = tunnel_problem(reply);
    co_return problem_.empty() ? error_code() : asio::error::connection_refused;
  }
  problem_ = step_given_up_ ? "the proxy did not answer in time" : "the proxy closed the connection";
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::shake_hands(const upstream_target& target) {
  expected_ = target.tls;
  tls_ = std::make_unique<tls_stream>(socket_, expected_->context());
  expected_name_ = target.server_name;
  if (!expected_->expect_peer(tls_->native_handle(), expected_name_)) {
    problem_ = "server_name is no name that TLS knows";
    co_return asio::error::invalid_argument;
  }
  error_code ec;
  co_await tls_->async_handshake(asio::ssl::stream_base::client, into(ec));
  if (ec) problem_ = step_given_up_ ? "no TLS handshake in time" : expected_->problem(ec, tls_->native_handle(), expected_name_);
  co_return ec;
}

void upstream_connection::give_up_step() {
  step_given_up_ = true;
  due_ = instant::max();
  error_code ignored;
  socket_.close(ignored);
}

std::size_t upstream_connection::write_now(std::string_view bytes, error_code& ec) {
  if (tls_) return 0;
  if (lent_tls_) {
    socket_tls::state state{};
    const auto taken = lent_tls_->write(bytes, state);
    if (state == socket_tls::state::ended) ec = asio::error::broken_pipe;
    return taken;
  }
  std::size_t n = socket_.write_some(asio::buffer(bytes), ec);
  if (ec == asio::error::would_block || ec == asio::error::try_again) ec = {};
  return n;
}

asio::awaitable<error_code> upstream_connection::write(std::string_view bytes) {
  if (lent_tls_) co_return co_await write_lent(bytes);
  error_code ec;
  if (!tls_) {
    co_await asio::async_write(socket_, asio::buffer(bytes), into(ec));
    co_return ec;
  }
  co_await asio::async_write(*tls_, asio::buffer(bytes), into(ec));
  if (!ec || has_read_) co_return ec;
  char byte;  // the alert that says why may have come before the reset
  error_code alert;
  co_await tls_->async_read_some(asio::buffer(&byte, 1), into(alert));
  tls_lost(alert);
  co_return ec;
}

asio::awaitable<std::size_t> upstream_connection::read(asio::mutable_buffer buffer, error_code& ec) {
  // No coroutine: it would cost a frame per event of a stream.
  if (lent_tls_) return read_lent(buffer, ec);
  return tls_ ? read_tls(buffer, ec) : socket_.async_read_some(buffer, into(ec));
}

asio::awaitable<std::size_t> upstream_connection::read_tls(asio::mutable_buffer buffer, error_code& ec) {
  const std::size_t n = co_await tls_->async_read_some(buffer, into(ec));
  // A peer that closes without close_notify is an end like any other: HTTP's own framing tells truncation.
  if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
  if (ec && !has_read_) tls_lost(ec);
  has_read_ = has_read_ || n > 0;
  co_return n;
}

asio::awaitable<void> upstream_connection::wait_for(socket_tls::state what, error_code& ec) {
  const auto side = what == socket_tls::state::wants_write ? tcp::socket::wait_write : tcp::socket::wait_read;
  co_await socket_.async_wait(side, into(ec));
}

asio::awaitable<error_code> upstream_connection::write_lent(std::string_view bytes) {
  error_code ec;
  while (!bytes.empty()) {
    socket_tls::state state{};
    bytes.remove_prefix(lent_tls_->write(bytes, state));
    if (bytes.empty()) break;
    if (state == socket_tls::state::ended) co_return asio::error::broken_pipe;
    co_await wait_for(state, ec);
    if (ec) co_return ec;
  }
  co_return ec;
}

asio::awaitable<std::size_t> upstream_connection::read_lent(asio::mutable_buffer buffer, error_code& ec) {
  for (;;) {
    socket_tls::state state{};
    const auto n = is_aborted_ ? std::size_t{0} : lent_tls_->read(static_cast<char*>(buffer.data()), buffer.size(), state);
    if (n > 0) co_return n;
    if (is_aborted_) ec = asio::error::operation_aborted;
    else if (state == socket_tls::state::ended) ec = asio::error::eof;
    else co_await wait_for(state, ec);
    if (ec) co_return 0;
  }
}

void upstream_connection::tls_lost(const error_code& ec) {
  if (!is_aborted_) problem_ = expected_->problem(ec, tls_->native_handle(), expected_name_);
}

void upstream_connection::abort() noexcept {
  is_aborted_ = true;
  error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
}

bool upstream_connection::is_reusable() noexcept {
  if (!socket_.is_open()) return false;
  if (lent_tls_) return false;  // it belongs to whoever gave it out
  if (tls_ && SSL_pending(tls_->native_handle()) > 0) return false;
  char byte;
  error_code ec;
  socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
  return ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace edgemesh::net
