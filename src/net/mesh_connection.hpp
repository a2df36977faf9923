// A connection between two nodes, fresh from its TLS handshake: what mesh_acceptor and mesh_dial hand over. Movable; used on
// the loop of its socket, whose state nothing locks: it goes to another loop by detach() on the one and attach() on the other.
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
#include "platform/stream_pair.hpp"

namespace edgemesh::net {

/// What a connection is beside its socket.
struct mesh_facet {
  std::optional<node_key> peer;  ///< none: a joiner that showed no key
  std::optional<node_key> shown; ///< of a lent connection: the key of its handshake, while its node is still known by another one, `peer`
  mesh_protocol protocol{};
  ip_endpoint remote;
  /// Of a lent connection that is in use: held until it is over, so that whoever gave it out can count those.
  std::shared_ptr<const void> ticket;
};

class detached_connection;

struct mesh_connection : mesh_facet {
  boost::asio::ip::tcp::socket socket;
  std::unique_ptr<socket_tls> tls;  ///< works on `socket`

  mesh_connection(boost::asio::ip::tcp::socket s, std::unique_ptr<socket_tls> t) : socket(std::move(s)), tls(std::move(t)) { tls->rebind(socket); }
  mesh_connection(mesh_connection&& o) noexcept : mesh_facet(std::move(o)), socket(std::move(o.socket)), tls(std::move(o.tls)) {
    if (tls) tls->rebind(socket);
  }
  mesh_connection& operator=(mesh_connection&&) = delete;

  /// Leaves its loop, called there; waits on its socket end with operation_aborted.
  detached_connection detach() &&;
};

/// A connection between two loops. Closes it unless attach() is called.
class detached_connection {
 public:
  detached_connection(detached_connection&& o) noexcept
      : kind_(o.kind_), descriptor_(std::exchange(o.descriptor_, std::nullopt)), tls_(std::move(o.tls_)), facet_(std::move(o.facet_)) {}
  detached_connection& operator=(detached_connection&&) = delete;
  ~detached_connection() {
    if (descriptor_) platform::close_stream(*descriptor_);
  }

  /// Called on the loop that it enters. A socket that failed on its way says so when it is read.
  mesh_connection attach(const boost::asio::any_io_executor& loop) && {
    boost::system::error_code ec;
    boost::asio::ip::tcp::socket here(loop);
    if (descriptor_) here.assign(kind_, *descriptor_, ec);
    if (descriptor_ && !ec) descriptor_.reset();
    here.non_blocking(true, ec);
    mesh_connection moved(std::move(here), std::move(tls_));
    static_cast<mesh_facet&>(moved) = std::move(facet_);
    return moved;
  }
  const std::optional<node_key>& peer() const noexcept { return facet_.peer; }
  mesh_protocol protocol() const noexcept { return facet_.protocol; }

 private:
  friend struct mesh_connection;
  explicit detached_connection(mesh_connection&& from) : kind_(boost::asio::ip::tcp::v4()), tls_(std::move(from.tls)), facet_(std::move(from)) {
    boost::system::error_code ec;
    kind_ = from.socket.local_endpoint(ec).protocol();
    const auto descriptor = from.socket.release(ec);
    if (!ec) descriptor_ = descriptor;
  }
  boost::asio::ip::tcp kind_;
  std::optional<platform::socket_handle> descriptor_;
  std::unique_ptr<socket_tls> tls_;
  mesh_facet facet_;
};

inline detached_connection mesh_connection::detach() && { return detached_connection(std::move(*this)); }

}  // namespace edgemesh::net
