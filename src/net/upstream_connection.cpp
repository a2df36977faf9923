#include "net/upstream_connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include "base/base64.hpp"
#include "net/client_tls.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t tunnel_head_bytes_max = 8192;

tcp::endpoint to_asio(const ip_endpoint& e) {
  if (e.address.is_v4) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(e.address.bytes.begin() + 12, e.address.bytes.end(), v4.begin());
    return {asio::ip::address_v4(v4), e.port};
  }
  asio::ip::address_v6::bytes_type v6;
  std::copy(e.address.bytes.begin(), e.address.bytes.end(), v6.begin());
  return {asio::ip::address_v6(v6, e.address.scope), e.port};
}

auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

}  // namespace

upstream_connection::~upstream_connection() { abort(); }

asio::awaitable<error_code> upstream_connection::connect(const upstream_target& target) {
  const auto& addresses = target.proxy ? target.proxy->addresses : target.addresses;
  error_code ec = co_await dial(addresses, target.timeouts.connect);
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

asio::awaitable<error_code> upstream_connection::dial(const std::vector<ip_endpoint>& addresses, milliseconds per_address) {
  error_code ec = asio::error::host_not_found;
  for (const auto& address : addresses) {
    step_given_up_ = false;
    if (socket_.is_open()) socket_.close(ec);
    due_ = steady_clock::now() + per_address;
    const auto endpoint = to_asio(address);
    socket_.open(endpoint.protocol(), ec);
    if (ec) continue;
    co_await socket_.async_connect(endpoint, into(ec));
    if (!ec) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.non_blocking(true, ignored);
      break;
    }
  }
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::open_tunnel(const upstream_target& target) {
  std::string head = "CONNECT " + target.url.authority.to_string() + " HTTP/1.1\r\nHost: " + target.url.authority.to_string() + "\r\n";
  if (!target.proxy->basic_credentials.empty())
    head += "Proxy-Authorization: Basic " + base64::encode(target.proxy->basic_credentials.reveal()) + "\r\n";
  head += "\r\n";
  error_code ec;
  co_await asio::async_write(socket_, asio::buffer(head), into(ec));
  std::string reply;
  while (!ec && reply.find("\r\n\r\n") == std::string::npos) {
    if (reply.size() > tunnel_head_bytes_max) co_return asio::error::message_size;
    char byte;  // one at a time: what follows the head belongs to TLS
    const std::size_t n = co_await socket_.async_read_some(asio::buffer(&byte, 1), into(ec));
    reply.append(&byte, n);
  }
  if (!ec && !(reply.starts_with("HTTP/1.1 2") || reply.starts_with("HTTP/1.0 2"))) ec = asio::error::connection_refused;
  co_return ec;
}

asio::awaitable<error_code> upstream_connection::shake_hands(const upstream_target& target) {
  tls_ = std::make_unique<tls_stream>(socket_, target.tls->context());
  error_code ec;
  // A literal address is no name: SNI must not carry one (RFC 6066).
  if (!parse_ip(target.server_name)) SSL_set_tlsext_host_name(tls_->native_handle(), target.server_name.c_str());
  tls_->set_verify_callback(asio::ssl::host_name_verification(target.server_name), ec);
  if (!ec) co_await tls_->async_handshake(asio::ssl::stream_base::client, into(ec));
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
  std::size_t n = socket_.write_some(asio::buffer(bytes), ec);
  if (ec == asio::error::would_block || ec == asio::error::try_again) ec = {};
  return n;
}

asio::awaitable<error_code> upstream_connection::write(std::string_view bytes) {
  error_code ec;
  if (tls_)
    co_await asio::async_write(*tls_, asio::buffer(bytes), into(ec));
  else
    co_await asio::async_write(socket_, asio::buffer(bytes), into(ec));
  co_return ec;
}

asio::awaitable<std::pair<error_code, std::size_t>> upstream_connection::read(asio::mutable_buffer buffer) {
  error_code ec;
  const std::size_t n = tls_ ? co_await tls_->async_read_some(buffer, into(ec))
                             : co_await socket_.async_read_some(buffer, into(ec));
  // A TLS peer that closes without close_notify is an end like any other: HTTP's own framing tells truncation.
  if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
  co_return std::pair{ec, n};
}

void upstream_connection::abort() noexcept {
  error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
}

bool upstream_connection::is_reusable() noexcept {
  if (!socket_.is_open()) return false;
  if (tls_ && SSL_pending(tls_->native_handle()) > 0) return false;
  char byte;
  error_code ec;
  socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
  return ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace edgemesh::net
