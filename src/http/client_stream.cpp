#include "http/client_stream.hpp"

#include "base/log.hpp"
#include "base/release.hpp"
#include "net/server_tls.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace edgemesh::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// One read goes through this buffer of the thread: an idle connection owns none.
thread_local char scratch[64 * 1024];

bool is_would_block(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

}  // namespace

client_stream::client_stream(tcp::socket socket, std::unique_ptr<net::socket_tls> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)), grown_(socket_.get_executor()) {
  error_code ignored;
  if (tls_) tls_->rebind(socket_);
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<bool> client_stream::wait_for(tcp::socket::wait_type what) {
  error_code ec;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
  co_return !ec;
}

asio::awaitable<client_stream::handshake> client_stream::shake_hands() {
  if (!co_await wait_for(tcp::socket::wait_read)) co_return handshake::failed;
  char first = 0;
  error_code ec;
  socket_.receive(asio::buffer(&first, 1), tcp::socket::message_peek, ec);
  if (!ec && first >= 'A' && first <= 'Z') {  // a method: no record of TLS begins so
    tls_.reset();
    co_return handshake::plain;
  }
  for (;;) {
    const auto state = tls_->shake_hands();
    if (state == net::socket_tls::state::done) co_return handshake::done;
    if (state == net::socket_tls::state::ended) {
      log::debug("tls_entry_failed", {{"reason", net::entry_problem(tls_->native_handle())}});
      co_return handshake::failed;
    }
    const bool reads = state == net::socket_tls::state::wants_read;
    if (!co_await wait_for(reads ? tcp::socket::wait_read : tcp::socket::wait_write)) co_return handshake::failed;
  }
}

void client_stream::watch() {
  if (watching_ || left_ || in.size() >= in_max_) return;
  watching_ = true;
  // What TLS holds already, no readiness of the socket will announce.
  if (holds_more_) return asio::post(socket_.get_executor(), [self = shared_from_this()] { self->on_readable({}); });
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code ec) { self->on_readable(ec); });
}

void client_stream::on_readable(error_code ec) {
  watching_ = false;
  const std::size_t before = in.size();
  if (ec || !take()) return leave();
  watch();
  if (in.size() > before) grown_.set();
}

bool client_stream::take() {
  if (tls_) return take_decrypted();
  while (in.size() < in_max_) {
    error_code ec;
    const std::size_t room = std::min(sizeof scratch, in_max_ - in.size());
    const std::size_t n = socket_.read_some(asio::buffer(scratch, room), ec);
    in.append(scratch, n);
    if (is_would_block(ec)) return true;
    if (ec) return false;
    if (n < room) return true;  // drained: the next readiness will tell
  }
  return true;
}

bool client_stream::take_decrypted() {
  using state = net::socket_tls::state;
  while (in.size() < in_max_) {
    state s{};
    const std::size_t n = tls_->read(scratch, std::min(sizeof scratch, in_max_ - in.size()), s);
    in.append(scratch, n);
    holds_more_ = s == state::done;
    if (s == state::ended) return false;
    if (s != state::done) return true;
  }
  return true;
}

void client_stream::leave() {
  left_ = true;
  if (auto tell = std::exchange(on_left_, nullptr)) return tell();
  grown_.set();
}

asio::awaitable<bool> client_stream::more() {
  if (left_) co_return false;
  const std::size_t before = in.size();
  grown_.reset();
  watch();
  co_await grown_.wait();
  co_return in.size() > before || !left_;
}

bool client_stream::write_now(std::string_view bytes) {
  if (has_unsent()) {
    unsent_.append(bytes);
    return false;
  }
  error_code ec;
  const std::size_t n = write_some(bytes, ec);
  bytes_written_ += n;
  if (n == bytes.size()) return true;
  unsent_.assign(bytes.substr(n));
  sent_ = 0;
  return false;
}

/// TLS takes part of what is left and may then want to go on with the very same bytes: those that stay in unsent_.
std::size_t client_stream::write_some(std::string_view bytes, error_code& ec) {
  if (!tls_) return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
  net::socket_tls::state s{};
  const std::size_t n = tls_->write(bytes, s);
  if (s == net::socket_tls::state::ended) ec = asio::error::broken_pipe;
  return n;
}

asio::awaitable<bool> client_stream::flush_tls() {
  error_code ec;
  while (has_unsent()) {
    const std::size_t n = write_some(std::string_view(unsent_).substr(sent_), ec);
    sent_ += n;
    bytes_written_ += n;
    if (!ec && has_unsent()) co_await socket_.async_wait(tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> client_stream::flush() {
  if (tls_ && !co_await flush_tls()) co_return false;
  while (has_unsent()) {
    error_code ec;
    const std::size_t n = co_await socket_.async_write_some(asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_),
                                                            asio::redirect_error(asio::use_awaitable, ec));
    sent_ += n;
    bytes_written_ += n;
    if (ec) co_return false;
  }
  unsent_.clear();
  if (unsent_.capacity() > kept_capacity) release(unsent_);
  sent_ = 0;
  co_return true;
}

void client_stream::shrink() {
  if (in.capacity() > kept_capacity && in.size() <= kept_capacity) in.shrink_to_fit();
}

void client_stream::shutdown_send() noexcept {
  error_code ignored;
  if (tls_) tls_->send_close_notify();
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void client_stream::close() noexcept {
  error_code ignored;
  on_left_ = nullptr;
  socket_.close(ignored);
}

}  // namespace edgemesh::http
