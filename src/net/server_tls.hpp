// TLS towards clients and operators: one OpenSSL context per listener and state of its files, shared by all shards and not changed after
// make(); a changed certificate is another context, and connections keep the one that they began with. TLS 1.2 and 1.3, HTTP/1.1 by ALPN.
// Immutable; any thread. make() blocks for as long as the disk does.
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_st;

namespace boost::asio::ssl {
class context;
}

namespace edgemesh::net {

struct server_tls_files {
  std::string cert;       ///< PEM: the chain, our own certificate first
  std::string key;        ///< PEM, without a passphrase
  std::string client_ca;  ///< PEM: clients need a certificate of one of these authorities; "" : none is asked for
};

class server_tls {
 public:
  /// Errors name the file and what is wrong with it.
  static result<std::shared_ptr<const server_tls>> make(const server_tls_files& files);
  ~server_tls();
  boost::asio::ssl::context& context() const noexcept { return *context_; }

 private:
  server_tls();
  std::unique_ptr<boost::asio::ssl::context> context_;
};

using shared_server_tls = std::shared_ptr<const server_tls>;

/// Why a client got no further than the handshake: right after the OpenSSL call that failed, on its thread. No text of the client.
std::string entry_problem(const ssl_st* connection);

}  // namespace edgemesh::net
