// TLS of one connection, worked on the socket itself: it waits for nothing, says what it would have to wait for, and
// keeps no buffers while idle. So a standing wait for readability serves plain and encrypted clients alike, a write goes out
// in the call that makes it, and a connection can move to another loop after its handshake. One thread at a time.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

struct ssl_st;

namespace boost::asio::ssl {
class context;
}

namespace edgemesh::net {

class socket_tls {
 public:
  using tcp = boost::asio::ip::tcp;

  enum class side : unsigned char { server, client };

  /// `socket` is non-blocking and stays where it is until rebind().
  socket_tls(boost::asio::ssl::context& context, tcp::socket& socket, side s = side::server);
  ~socket_tls();
  socket_tls(const socket_tls&) = delete;
  socket_tls& operator=(const socket_tls&) = delete;

  enum class state : unsigned char {
    done,         ///< as much as was asked for
    wants_read,   ///< nothing more until the socket is readable
    wants_write,  ///< nothing more until the socket is writable
    ended         ///< close_notify, end of the stream, or broken
  };
  state shake_hands() noexcept;
  /// Up to `room` bytes; what was read may come with any state. After `done` more may be here that no readiness of the socket
  /// will announce; after `wants_read` nothing is but, at most, part of a record.
  std::size_t read(char* into, std::size_t room, state& s) noexcept;
  /// After wants_write the next call must begin with the same bytes, wherever they lie then.
  std::size_t write(std::string_view bytes, state& s) noexcept;
  /// Says that nothing more is sent; does not wait for the other side's word.
  void send_close_notify() noexcept;
  /// The socket was moved.
  void rebind(tcp::socket& socket) noexcept;

  ssl_st* native_handle() const noexcept { return connection_; }

 private:
  state state_after(int result) noexcept;
  ssl_st* connection_;
};

}  // namespace edgemesh::net
