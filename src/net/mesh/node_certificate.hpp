// The X.509 wrapping of a node's key: TLS wants a certificate, the mesh only the key in it. Any thread.
#pragma once
#include <optional>

#include "domain/mesh_ids.hpp"

struct evp_pkey_st;
struct x509_st;

namespace edgemesh::net {

/// Self-signed, without an end (RFC 5280 4.1.2.5), random serial number. The caller frees it.
x509_st* make_node_certificate(evp_pkey_st* private_key);
/// nullopt when the key in it is not Ed25519.
std::optional<node_key> key_of(const x509_st* certificate);

}  // namespace edgemesh::net
