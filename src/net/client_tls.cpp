#include "net/client_tls.hpp"

#include <boost/asio/ssl/context.hpp>

namespace edgemesh::net {

namespace ssl = boost::asio::ssl;

client_tls::client_tls() : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {}
client_tls::~client_tls() = default;

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
  if (!options.client_cert.empty()) {
    context.use_certificate_chain_file(options.client_cert, ec);
    if (ec) return error{"cannot use client_cert " + options.client_cert + ": " + ec.message()};
    context.use_private_key_file(options.client_key, ssl::context::pem, ec);
    if (ec) return error{"cannot use client_key " + options.client_key + ": " + ec.message()};
  }
  return std::shared_ptr<const client_tls>(std::move(made));
}

}  // namespace edgemesh::net
