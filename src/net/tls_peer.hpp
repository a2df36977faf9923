// What a TLS client expects of the other side, and why it was not so, in our own words: OpenSSL's name neither the file nor
// the setting that would help. Pure given a connection; any thread.
#pragma once
#include <boost/system/error_code.hpp>
#include <string>

struct ssl_st;

namespace edgemesh::net {

/// Sends `name` as SNI (not for a literal address: RFC 6066) and lets the handshake fail unless the certificate is valid
/// for it. False when OpenSSL takes no such name.
bool expect_server(ssl_st* connection, const std::string& name);

/// Why a handshake failed with `ec`, or the first exchange after it: a TLS 1.3 server judges our certificate only then, and
/// its alert may be lost in the reset that follows.
std::string tls_problem(const boost::system::error_code& ec, const ssl_st* connection, const std::string& expected_name);

}  // namespace edgemesh::net
