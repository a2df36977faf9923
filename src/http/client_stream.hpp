// A client's socket, plain or with TLS, with a standing wait on it: bytes that arrive are kept, and the moment at which the
// client leaves is noticed in every phase. Held by shared_ptr (the standing wait keeps it alive until the socket is closed). One shard's
// thread; at most one coroutine reads and writes.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/event.hpp"
#include "net/socket_tls.hpp"

namespace edgemesh::http {

class client_stream : public std::enable_shared_from_this<client_stream> {
 public:
  using tcp = boost::asio::ip::tcp;
  /// `tls`: made for `socket`; null for a plain connection. With its handshake still to be done, shake_hands() comes before all else.
  explicit client_stream(tcp::socket socket, std::unique_ptr<net::socket_tls> tls = nullptr);

  enum class handshake : unsigned char {
    done,
    plain,  ///< it speaks HTTP without TLS: the stream goes on as a plain one
    failed  ///< no TLS that we know, no certificate that is good, or it left
  };
  /// Server side; close() ends it as failed.
  boost::asio::awaitable<handshake> shake_hands();

  std::string in;  ///< bytes that arrived and are not used yet

  /// Bytes that `in` may hold; the standing wait pauses above it.
  void limit_input(std::size_t bytes) noexcept { in_max_ = bytes; }
  /// Begins the standing wait if it is paused or not begun.
  void watch();
  /// Waits until `in` has grown; false once the client has left (FIN, close_notify, RST, error).
  boost::asio::awaitable<bool> more();
  bool left() const noexcept { return left_; }
  /// Called once, inside the wait's handler, when the client leaves; it may end the session's coroutine.
  void on_left(std::function<void()> callback) { on_left_ = std::move(callback); }

  /// Writes what the system takes at once and keeps the rest; true when nothing is left to flush().
  bool write_now(std::string_view bytes);
  /// Waits until everything kept was written; false when the client is gone.
  boost::asio::awaitable<bool> flush();
  bool has_unsent() const noexcept { return sent_ < unsent_.size(); }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  /// Gives back what a large message left behind: idle connections are many.
  void shrink();
  /// Heap bytes of its buffers.
  std::size_t buffer_bytes() const noexcept { return in.capacity() + unsent_.capacity(); }

  void shutdown_send() noexcept;
  void close() noexcept;
  /// What comes from here was meant for the name in our certificate.
  bool is_encrypted() const noexcept { return tls_ != nullptr; }
  bool is_open() const noexcept { return socket_.is_open(); }
  tcp::socket& socket() noexcept { return socket_; }

 private:
  void on_readable(boost::system::error_code ec);
  static constexpr std::size_t kept_capacity = 16u << 10;
  bool take();  // reads what is there; false at the end of the stream
  bool take_decrypted();
  std::size_t write_some(std::string_view bytes, boost::system::error_code& ec);
  boost::asio::awaitable<bool> flush_tls();
  boost::asio::awaitable<bool> wait_for(tcp::socket::wait_type what);
  void leave();

  tcp::socket socket_;
  std::unique_ptr<net::socket_tls> tls_;
  net::event grown_;
  std::function<void()> on_left_;
  std::string unsent_;
  std::size_t sent_ = 0;
  std::size_t in_max_ = 64u << 10;
  std::uint64_t bytes_written_ = 0;
  bool watching_ = false;
  bool holds_more_ = false;  // TLS stopped for want of room
  bool left_ = false;
};

}  // namespace edgemesh::http
