#include "net/client_tls.hpp"

#include <boost/asio/ssl/context.hpp>
#include <utility>

#include "net/tls_peer.hpp"

namespace edgemesh::net {

namespace ssl = boost::asio::ssl;

client_tls::client_tls() : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {}
client_tls::client_tls(std::shared_ptr<const mesh_tls> tls, const node_key& expected) : mesh_(std::move(tls)), expected_key_(expected) {}
client_tls::client_tls(std::shared_ptr<const mesh_tls> tls, const content_hash& expected_fingerprint)
    : mesh_(std::move(tls)), expected_fingerprint_(expected_fingerprint) {}
client_tls::~client_tls() = default;

ssl::context& client_tls::context() const noexcept { return mesh_ ? mesh_->context() : *context_; }

bool client_tls::expect_peer(ssl_st* connection, const std::string& server_name) const {
  if (!mesh_) return expect_server(connection, server_name);
  if (expected_key_) expect_key(connection, *expected_key_);
  if (expected_fingerprint_) expect_fingerprint(connection, *expected_fingerprint_);
  return true;
}

std::string client_tls::problem(const boost::system::error_code& ec, const ssl_st* connection, const std::string& server_name) const {
  return mesh_ ? mesh_tls_problem(ec, connection) : tls_problem(ec, connection, server_name);
}

result<std::shared_ptr<const client_tls>> client_tls::make(const client_tls_options& options) {
  std::shared_ptr<client_tls> made(new client_tls);
  auto& context = *made->context_;
  boost::system::error_code ec;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                          ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                      ec);
  context.set_verify_mode(ssl::verify_peer, ec);
  SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (options.ca_file.empty())
    context.set_default_verify_paths(ec);
  else
    context.load_verify_file(options.ca_file, ec);
  if (ec) return error{"cannot read ca_file " + options.ca_file + ": " + ec.message()};
  if (options.trusts_leaf) X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  if (!options.client_cert.empty()) {
    context.use_certificate_chain_file(options.client_cert, ec);
    if (ec) return error{"cannot use client_cert " + options.client_cert + ": " + ec.message()};
    context.use_private_key_file(options.client_key, ssl::context::pem, ec);
    if (ec) return error{"cannot use client_key " + options.client_key + ": " + ec.message()};
  }
  return std::shared_ptr<const client_tls>(std::move(made));
}

std::shared_ptr<const client_tls> make_peer_tls(const mesh_identity& own, const node_key& expected, key_gate may_enter) {
  return std::make_shared<const client_tls>(mesh_tls::make_client(own, std::move(may_enter), mesh_protocol::http), expected);
}

std::shared_ptr<const client_tls> make_join_tls(const mesh_identity& own, const content_hash& expected_fingerprint) {
  const auto nobody = [](const node_key&) { return false; };
  return std::make_shared<const client_tls>(mesh_tls::make_client(own, nobody, mesh_protocol::join), expected_fingerprint);
}

}  // namespace edgemesh::net
