// A connection between two nodes, fresh from its TLS handshake: what mesh_acceptor and mesh_dial hand over. Movable; used on
// the loop of its socket.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "domain/mesh_ids.hpp"
#include "domain/network_address.hpp"
#include "net/mesh_tls.hpp"
#include "net/socket_tls.hpp"

namespace edgemesh::net {

struct mesh_connection {
  boost::asio::ip::tcp::socket socket;
  std::unique_ptr<socket_tls> tls;  ///< works on `socket`
  std::optional<node_key> peer;     ///< none: a joiner that showed no key
  mesh_protocol protocol{};
  ip_endpoint remote;

  mesh_connection(boost::asio::ip::tcp::socket s, std::unique_ptr<socket_tls> t) : socket(std::move(s)), tls(std::move(t)) { tls->rebind(socket); }
  mesh_connection(mesh_connection&& o) noexcept
      : socket(std::move(o.socket)), tls(std::move(o.tls)), peer(o.peer), protocol(o.protocol), remote(o.remote) {
    if (tls) tls->rebind(socket);
  }
  mesh_connection& operator=(mesh_connection&&) = delete;

  /// The same connection on another loop. Called on the loop that it leaves; nothing may wait on its socket.
  mesh_connection move_to(const boost::asio::any_io_executor& loop) && {
    boost::system::error_code ec;
    boost::asio::ip::tcp::socket there(loop);
    const auto kind = socket.local_endpoint(ec).protocol();
    if (const auto descriptor = socket.release(ec); !ec) there.assign(kind, descriptor, ec);
    there.non_blocking(true, ec);  // a socket that failed here says so when it is read
    mesh_connection moved(std::move(there), std::move(tls));
    moved.peer = peer;
    moved.protocol = protocol;
    moved.remote = remote;
    return moved;
  }
};

}  // namespace edgemesh::net
