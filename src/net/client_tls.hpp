// TLS towards backends: one OpenSSL context per configuration, shared by all shards (OpenSSL counts its references
// atomically and the context is not changed after make()). Certificates are always verified, against the host's name.
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace edgemesh::net {

struct client_tls_options {
  std::string ca_file;      ///< PEM; empty: the system's certificates
  std::string client_cert;  ///< PEM chain, with client_key; empty: none
  std::string client_key;
};

class client_tls {
 public:
  /// Errors name the file and what is wrong with it.
  static result<std::shared_ptr<const client_tls>> make(const client_tls_options& options);
  ~client_tls();
  boost::asio::ssl::context& context() const noexcept { return *context_; }

 private:
  client_tls();
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace edgemesh::net
