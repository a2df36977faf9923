// The operators' listener: /admin/v1/..., /metrics, /healthz. `metrics_only` serves the last two alone (listen.metrics).
// Lives on the control loop.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/ports.hpp"
#include "net/server_tls.hpp"

namespace edgemesh::http {

class admin_server {
 public:
  admin_server(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, admin_ports& ports, bool metrics_only);
  ~admin_server();
  void start();
  /// Whoever connects from now on is let in by TLS. Before start(), or on the control loop.
  void use_tls(net::shared_server_tls tls);
  void stop();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace edgemesh::http
