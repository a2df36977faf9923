// The listener of one shard: accepts clients, takes over the connections of peers that net/mesh_acceptor.hpp has let in, and runs
// a session coroutine for each. One per shard; lives on its shard's thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/ports.hpp"
#include "net/mesh_connection.hpp"
#include "net/server_tls.hpp"

namespace edgemesh::http {

class server {
 public:
  /// `ports` must outlive the io_context's run. `shard` numbers sessions.
  server(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, gateway_ports& ports, int shard);
  ~server();
  void start();
  /// Clients from now on are let in by TLS; those that are in go on as they began. Before start(), or on the shard's thread.
  void use_tls(net::shared_server_tls tls);
  /// A connection of listen.peer, of protocol http or join, or one that this node has dialled to lend it; its socket is this shard's
  /// already (detached_connection). Closed at once when limits.connections is reached. `lent` hears of a lent one until its end.
  void adopt(net::mesh_connection connection, lent_watch lent = nullptr);
  /// Stops accepting; sessions go on. Idempotent.
  void stop_accepting();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace edgemesh::http
