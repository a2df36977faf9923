// One connection to a backend: TCP, or TLS over it, direct or through a proxy; or one that another node has lent. Owned by one attempt at a time, or by the
// pool between attempts. One shard's thread. Every wait ends when abort() closes the socket.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/mesh_connection.hpp"
#include "net/upstream_target.hpp"

namespace edgemesh::net {

class upstream_connection {
 public:
  using tcp = boost::asio::ip::tcp;

  explicit upstream_connection(boost::asio::any_io_executor executor) : socket_(std::move(executor)) {}
  /// One that its peer opened and lent; there is nothing to connect().
  explicit upstream_connection(mesh_connection lent);
  ~upstream_connection();
  /// Gives a lent one away again, once its answer is complete. None: it is not lent, or closed.
  std::optional<mesh_connection> release_lent();

  /// Dials the target's addresses one after the other, the one that answered last first, then proxy CONNECT and TLS where
  /// configured. Each step may take `timeouts.connect` (the caller's ticks compare due()). Errors: host_not_found when there
  /// is no address, timed_out when the last step was given up.
  boost::asio::awaitable<boost::system::error_code> connect(const upstream_target& target);

  /// When the step of connect() that is running now becomes too slow; instant::max() outside connect().
  instant due() const noexcept { return due_; }
  /// The running step of connect() is too slow: ends it, the next address is tried.
  void give_up_step();
  /// Why connect() or a read on TLS failed, in our own words; empty when nothing did.
  const std::string& problem() const noexcept { return problem_; }

  /// Writes at once what the system takes; returns the bytes taken (TLS: 0, use write()).
  std::size_t write_now(std::string_view bytes, boost::system::error_code& ec);
  boost::asio::awaitable<boost::system::error_code> write(std::string_view bytes);
  /// Reads at least one byte; 0 bytes with error eof at the end. `ec` must live until then.
  boost::asio::awaitable<std::size_t> read(boost::asio::mutable_buffer into, boost::system::error_code& ec);

  /// Closes the socket at once: the backend sees it; pending operations end with operation_aborted.
  void abort() noexcept;
  bool is_open() const noexcept { return socket_.is_open(); }
  /// An idle connection that the backend closed, or on which it said something unasked, cannot be used again.
  bool is_reusable() noexcept;
  bool is_tls() const noexcept { return tls_ != nullptr || lent_tls_ != nullptr; }

 private:
  using tls_stream = boost::asio::ssl::stream<tcp::socket&>;
  boost::asio::awaitable<boost::system::error_code> dial(const upstream_target& target);
  boost::asio::awaitable<boost::system::error_code> dial_one(const ip_endpoint& address);
  boost::asio::awaitable<boost::system::error_code> open_tunnel(const upstream_target& target);
  boost::asio::awaitable<boost::system::error_code> shake_hands(const upstream_target& target);
  boost::asio::awaitable<std::size_t> read_tls(boost::asio::mutable_buffer into, boost::system::error_code& ec);
  boost::asio::awaitable<boost::system::error_code> write_lent(std::string_view bytes);
  boost::asio::awaitable<std::size_t> read_lent(boost::asio::mutable_buffer into, boost::system::error_code& ec);
  boost::asio::awaitable<void> wait_for(socket_tls::state what, boost::system::error_code& ec);
  void tls_lost(const boost::system::error_code& ec);
  tcp::socket socket_;
  std::unique_ptr<tls_stream> tls_;
  std::shared_ptr<const client_tls> expected_;  // with tls_
  std::unique_ptr<socket_tls> lent_tls_;        // of a lent one
  mesh_facet facet_;                            // with lent_tls_
  instant due_ = instant::max();
  std::string problem_, expected_name_;
  bool step_given_up_ = false;
  bool has_read_ = false;  // something of the answer, on TLS
  bool is_aborted_ = false;
};

}  // namespace edgemesh::net
