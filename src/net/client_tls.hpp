// TLS towards backends: one OpenSSL context per configuration, shared by all shards (OpenSSL counts its references
// atomically and the context is not changed after make()). Certificates are always verified, against the host's name; those
// of other nodes by their key alone.
#pragma once
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/mesh_tls.hpp"

namespace edgemesh::net {

struct client_tls_options {
  std::string ca_file;      ///< PEM; empty: the system's certificates
  std::string client_cert;  ///< PEM chain, with client_key; empty: none
  std::string client_key;
  bool trusts_leaf = false;  ///< a certificate in ca_file counts by itself, whoever issued it
};

class client_tls {
 public:
  /// Errors name the file and what is wrong with it.
  static result<std::shared_ptr<const client_tls>> make(const client_tls_options& options);
  /// Towards one node; `tls` is a client context that many of these share.
  client_tls(std::shared_ptr<const mesh_tls> tls, const node_key& expected);
  client_tls(std::shared_ptr<const mesh_tls> tls, const content_hash& expected_fingerprint);
  ~client_tls();
  boost::asio::ssl::context& context() const noexcept;

  /// To be called on each connection before its handshake. False when OpenSSL takes no such name.
  bool expect_peer(ssl_st* connection, const std::string& server_name) const;
  /// Why a handshake, or the first exchange after it, failed with `ec`.
  std::string problem(const boost::system::error_code& ec, const ssl_st* connection, const std::string& server_name) const;

 private:
  client_tls();
  std::unique_ptr<boost::asio::ssl::context> context_;  // null towards a node
  std::shared_ptr<const mesh_tls> mesh_;
  std::optional<node_key> expected_key_;
  std::optional<content_hash> expected_fingerprint_;
};

/// For listen.peer of a node (HTTP/1.1 over mutual TLS): its key must be `expected`, and a member's each time.
/// With many peers make one client context per loop and use the constructor.
std::shared_ptr<const client_tls> make_peer_tls(const mesh_identity& own, const node_key& expected, key_gate may_enter);
/// For the join path of the node that printed an invitation.
std::shared_ptr<const client_tls> make_join_tls(const mesh_identity& own, const content_hash& expected_fingerprint);

}  // namespace edgemesh::net
