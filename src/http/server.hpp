// The client-facing listener of one shard: accepts connections and runs a session coroutine for each. One per shard and
// listen address; lives on its shard's thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/ports.hpp"

namespace edgemesh::http {

class server {
 public:
  /// `ports` must outlive the io_context's run. `shard` numbers sessions.
  server(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, gateway_ports& ports, int shard);
  ~server();
  void start();
  /// Stops accepting; sessions go on. Idempotent.
  void stop_accepting();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace edgemesh::http
