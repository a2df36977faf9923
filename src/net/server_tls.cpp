#include "net/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <string_view>

namespace edgemesh::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

constexpr std::string_view http_1_1 = "http/1.1";

/// A client that names protocols without ours would get answers that it cannot read.
int choose_http(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned int offered_size,
                void*) noexcept {
  for (unsigned int at = 0; at < offered_size; at += 1u + offered[at]) {
    const auto size = offered[at];
    if (at + 1u + size > offered_size) break;
    if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), size) != http_1_1) continue;
    *chosen = offered + at + 1;
    *chosen_size = size;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void harden(ssl::context& context) {
  error_code ec;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                          ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                      ec);
  SSL_CTX* const own = context.native_handle();
  SSL_CTX_set_options(own, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(own, SSL_SESS_CACHE_OFF);  // tickets do without
  SSL_CTX_set_mode(own, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(own, &choose_http, nullptr);
}

result<void> use_key(ssl::context& context, const server_tls_files& files) {
  // Without this OpenSSL would ask the terminal, and wait.
  bool has_passphrase = false;
  error_code ec;
  context.set_password_callback(
      [&has_passphrase](std::size_t, ssl::context::password_purpose) {
        has_passphrase = true;
        return std::string();
      },
      ec);
  context.use_private_key_file(files.key, ssl::context::pem, ec);
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  if (has_passphrase) return error{"the key " + files.key + " has a passphrase; write it without one, readable for the node alone"};
  const bool is_other = ec && ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == X509_R_KEY_VALUES_MISMATCH;
  if (ec && !is_other) return error{"cannot use the key " + files.key + ": " + ec.message()};
  if (is_other || SSL_CTX_check_private_key(context.native_handle()) != 1)
    return error{"the key " + files.key + " is not that of the certificate " + files.cert};
  return {};
}

/// Each handshake judges the client's certificate: none is spared it by a ticket.
result<void> ask_for_certificates(ssl::context& context, const std::string& client_ca) {
  error_code ec;
  context.load_verify_file(client_ca, ec);
  if (ec) return error{"cannot use client_ca " + client_ca + ": " + ec.message()};
  SSL_CTX* const own = context.native_handle();
  SSL_CTX_set_client_CA_list(own, SSL_load_client_CA_file(client_ca.c_str()));
  SSL_CTX_set_verify(own, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_options(own, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(own, 0);
  return {};
}

}  // namespace

server_tls::server_tls() : context_(std::make_unique<ssl::context>(ssl::context::tls_server)) {}
server_tls::~server_tls() = default;

result<std::shared_ptr<const server_tls>> server_tls::make(const server_tls_files& files) {
  std::shared_ptr<server_tls> made(new server_tls);
  ERR_clear_error();
  harden(*made->context_);
  error_code ec;
  made->context_->use_certificate_chain_file(files.cert, ec);
  if (ec) return error{"cannot use the certificate " + files.cert + ": " + ec.message()};
  if (auto used = use_key(*made->context_, files); !used) return used.error();
  if (!files.client_ca.empty())
    if (auto asked = ask_for_certificates(*made->context_, files.client_ca); !asked) return asked.error();
  return std::shared_ptr<const server_tls>(std::move(made));
}

std::string entry_problem(const ssl_st* connection) {
  if (const long verdict = SSL_get_verify_result(connection); verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  const auto reason = ERR_peek_error();
  if (reason == 0) return "it closed the connection during the TLS handshake";
  const char* const words = ERR_reason_error_string(reason);
  return words != nullptr ? words : "TLS with it failed";
}

}  // namespace edgemesh::net
