// The door to the cryptographic library, so that pure rooms can sign and check. Implemented with OpenSSL in net/, and by
// the simulator with a cheap stand-in. Any thread.
#pragma once
#include <string_view>

#include "domain/mesh_ids.hpp"

namespace edgemesh::proto {

class signing {
 public:
  virtual ~signing() = default;
  virtual const node_key& own_key() const noexcept = 0;
  /// With this node's own key (Ed25519, RFC 8032; no pre-hash).
  virtual node_signature sign(std::string_view bytes) const = 0;
  virtual bool verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const = 0;
  virtual content_hash hash(std::string_view bytes) const = 0;  ///< SHA-256
};

}  // namespace edgemesh::proto
