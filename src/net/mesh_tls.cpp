#include "net/mesh_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <utility>

#include "base/check.hpp"
#include "net/keyed_hash.hpp"
#include "net/mesh/node_certificate.hpp"
#include "net/mesh/tls_attachment.hpp"

namespace edgemesh::net {

namespace ssl = boost::asio::ssl;

namespace {

constexpr long certificate_bytes_max = 4096;  // ours has about 300

/// What the callbacks of a context know. Kept by the context itself: connections outlive a mesh_tls.
struct gate_rules {
  bool is_server = false;
  key_gate may_enter;
  std::vector<mesh_protocol> protocols;
};

/// What a client expects of one connection.
struct expectation {
  std::optional<node_key> key;
  std::optional<content_hash> fingerprint;
};

using rules_of_context = tls_attachment<SSL_CTX, gate_rules>;
using expectation_of_connection = tls_attachment<SSL, expectation>;

std::string on_wire(const std::vector<mesh_protocol>& protocols) {
  std::string text;
  for (const auto p : protocols) {
    text += static_cast<char>(name_of(p).size());
    text += name_of(p);
  }
  return text;
}

/// The code that OpenSSL turns into the alert by which the other side learns what its key is to us.
int verdict_code(key_standing s) {
  switch (s) {
    case key_standing::member: return X509_V_OK;
    case key_standing::ended: return X509_V_ERR_CERT_HAS_EXPIRED;     // alert certificate_expired
    case key_standing::evicted: return X509_V_ERR_CERT_REVOKED;       // certificate_revoked
    case key_standing::replaced: return X509_V_ERR_INVALID_PURPOSE;   // unsupported_certificate
    case key_standing::unknown: break;
  }
  return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;                // unknown_ca
}

/// X509_V_OK or why this key gets no further. The codes stand for our own reasons; see mesh_tls_problem().
int judge(const SSL* connection, const std::optional<node_key>& key) {
  const auto* rules = rules_of_context::of(SSL_get_SSL_CTX(connection));
  const auto protocol = protocol_of(connection);
  if (rules == nullptr || !protocol || !key) return X509_V_ERR_CERT_UNTRUSTED;
  const bool is_join = *protocol == mesh_protocol::join;
  const auto verdict = is_join && rules->is_server ? entry_verdict(true) : rules->may_enter(*key);
  if (!rules->is_server) {
    const auto* expected = expectation_of_connection::of(connection);
    if (expected == nullptr || (!expected->key && !expected->fingerprint)) return X509_V_ERR_CERT_REJECTED;
    if (expected->key && *expected->key != *key && verdict.known_as != expected->key) return X509_V_ERR_CERT_REJECTED;
    if (expected->fingerprint && *expected->fingerprint != fingerprint_of(*key)) return X509_V_ERR_CERT_REJECTED;
  }
  return is_join ? X509_V_OK : verdict_code(verdict.standing);
}

/// Stands where OpenSSL would check a chain. That the peer has the private key is shown by its CertificateVerify, which
/// OpenSSL checks itself.
int verify_certificate(X509_STORE_CTX* store, void*) noexcept {
  const auto* connection = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  int verdict = X509_V_ERR_CERT_UNTRUSTED;
  try {
    verdict = judge(connection, key_of(X509_STORE_CTX_get0_cert(store)));
  } catch (...) {  // may_enter is foreign code and this frame is called from C
    verdict = X509_V_ERR_CERT_UNTRUSTED;
  }
  X509_STORE_CTX_set_error(store, verdict);
  return verdict == X509_V_OK ? 1 : 0;
}

/// The server's choice among what the client offers. A join needs no certificate; it is asked for before this is known.
int choose_protocol(SSL* connection, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned int offered_size, void*) noexcept {
  const auto* rules = rules_of_context::of(SSL_get_SSL_CTX(connection));
  for (const auto p : rules->protocols)
    for (unsigned int at = 0; at < offered_size; at += 1u + offered[at]) {
      const auto size = offered[at];
      if (at + 1u + size > offered_size) break;
      if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), size) != name_of(p)) continue;
      *chosen = offered + at + 1;
      *chosen_size = size;
      if (p == mesh_protocol::join) SSL_set_verify(connection, SSL_VERIFY_PEER, nullptr);
      return SSL_TLSEXT_ERR_OK;
    }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unique_ptr<ssl::context> make_context(const mesh_identity& own, gate_rules rules) {
  auto made = std::make_unique<ssl::context>(rules.is_server ? ssl::context::tlsv13_server : ssl::context::tlsv13_client);
  SSL_CTX* context = made->native_handle();
  bool good = SSL_CTX_use_certificate(context, own.certificate()) == 1 && SSL_CTX_use_PrivateKey(context, own.private_key()) == 1;
  good = good && SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1;
  good = good && SSL_CTX_set_num_tickets(context, 0) == 1;
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, certificate_bytes_max);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &verify_certificate, nullptr);
  if (rules.is_server) {
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  } else {
    const auto wire = on_wire(rules.protocols);
    good = good && SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size())) == 0;
  }
  EDGEMESH_CHECK(good);
  rules_of_context::attach(context, std::move(rules));
  return made;
}

std::string alert_problem(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "it does not accept our key: to it our membership has ended";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: return "it does not accept our key: to it we are evicted";
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: return "it does not accept our key: to it another one has taken its place";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return "it does not accept our key: to it we are no member of its mesh";
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: return "it does not serve this protocol on that port; is it the address of another listener?";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST: return "it does not speak TLS; is it the address of a mesh listener?";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING: return "it closed the connection";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "it does not speak TLS 1.3";
    default: return "TLS with it failed";
  }
}

}  // namespace

mesh_tls::mesh_tls(std::unique_ptr<ssl::context> context) : context_(std::move(context)) {}
mesh_tls::~mesh_tls() = default;

std::shared_ptr<const mesh_tls> mesh_tls::make_server(const mesh_identity& own, key_gate may_enter, const std::vector<mesh_protocol>& offered) {
  return std::shared_ptr<const mesh_tls>(new mesh_tls(make_context(own, {true, std::move(may_enter), offered})));
}

std::shared_ptr<const mesh_tls> mesh_tls::make_client(const mesh_identity& own, key_gate may_enter, mesh_protocol wanted) {
  return std::shared_ptr<const mesh_tls>(new mesh_tls(make_context(own, {false, std::move(may_enter), {wanted}})));
}

content_hash fingerprint_of(const node_key& key) { return sha256(key.view()); }

void expect_key(ssl_st* connection, const node_key& key) { expectation_of_connection::attach(connection, {key, std::nullopt}); }

void expect_fingerprint(ssl_st* connection, const content_hash& fingerprint) {
  expectation_of_connection::attach(connection, {std::nullopt, fingerprint});
}

std::optional<node_key> peer_key(const ssl_st* connection) { return key_of(SSL_get0_peer_certificate(connection)); }

std::optional<mesh_protocol> protocol_of(const ssl_st* connection) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(connection, &name, &size);
  const std::string_view chosen(reinterpret_cast<const char*>(name), size);
  for (const auto p : {mesh_protocol::link, mesh_protocol::http, mesh_protocol::lend, mesh_protocol::join})
    if (chosen == name_of(p)) return p;
  return std::nullopt;
}

bool has_refused_key(const ssl_st* connection) { return SSL_get_verify_result(connection) != X509_V_OK; }

std::optional<key_standing> refused_as() {
  switch (ERR_GET_REASON(ERR_peek_error())) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return key_standing::unknown;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return key_standing::ended;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: return key_standing::evicted;
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: return key_standing::replaced;
    default: return std::nullopt;
  }
}

std::string mesh_tls_problem(const boost::system::error_code& ec, const ssl_st* connection) {
  switch (SSL_get_verify_result(connection)) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_REJECTED: return "another node answers at this address than was expected";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "its membership has ended";
    case X509_V_ERR_CERT_REVOKED: return "it is evicted";
    case X509_V_ERR_INVALID_PURPOSE: return "another key has taken the place of its key";
    default: return "its key is that of no member of this mesh";
  }
  if (ec.category() == boost::asio::error::get_ssl_category()) return alert_problem(ERR_GET_REASON(static_cast<unsigned long>(ec.value())));
  if (SSL_is_init_finished(connection)) return "it closed the connection";
  return "it closed the connection during the TLS handshake";
}

std::string mesh_tls_problem(const ssl_st* connection) {
  const auto reason = ERR_peek_error();
  if (reason == 0) return mesh_tls_problem(boost::system::error_code(), connection);
  return mesh_tls_problem({static_cast<int>(reason), boost::asio::error::get_ssl_category()}, connection);
}

}  // namespace edgemesh::net
