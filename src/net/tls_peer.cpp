#include "net/tls_peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/error.hpp>

#include "domain/network_address.hpp"

namespace edgemesh::net {

namespace {

std::string certificate_problem(long verdict, const std::string& expected_name) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "its certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "its certificate is not valid yet; check this machine's clock";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is not for " + expected_name + "; set server_name to a name that it is for";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "its certificate comes from an authority that is not trusted; give that authority's certificate as ca_file";
    case X509_V_ERR_CERT_REVOKED: return "its certificate was revoked";
    case X509_V_ERR_INVALID_PURPOSE: return "its certificate is not meant for a server";
    default: return "its certificate cannot be verified";
  }
}

std::string protocol_problem(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "it wants a client certificate; set client_cert and client_key";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "it refuses the TLS handshake; it may want a client certificate (client_cert and client_key)";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return "it does not accept our client certificate";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "it says that our client certificate has expired";
    case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "it does not know the server name that we asked for; set server_name";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST: return "it does not speak TLS; is its URL http?";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "it speaks no TLS version from 1.2 on";
    default: return "TLS with it failed";
  }
}

}  // namespace

bool expect_server(ssl_st* connection, const std::string& name) {
  if (parse_ip(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), name.c_str()) == 1;
  if (SSL_set_tlsext_host_name(connection, name.c_str()) != 1) return false;
  return SSL_set1_host(connection, name.c_str()) == 1;
}

std::string tls_problem(const boost::system::error_code& ec, const ssl_st* connection, const std::string& expected_name) {
  if (const long verdict = SSL_get_verify_result(connection); verdict != X509_V_OK)
    return certificate_problem(verdict, expected_name);
  if (ec.category() == boost::asio::error::get_ssl_category())
    return protocol_problem(ERR_GET_REASON(static_cast<unsigned long>(ec.value())));
  if (SSL_is_init_finished(connection))
    return "it closed the connection after the TLS handshake; it may want another client certificate (client_cert and client_key)";
  return "it closed the connection during the TLS handshake";
}

}  // namespace edgemesh::net
