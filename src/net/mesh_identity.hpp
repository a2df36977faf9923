// Who this node is: an Ed25519 key pair that is made where it runs and never leaves it, and the certificate that shows its
// public half in TLS. Immutable after it is made, shared by all loops; any thread. The private key is in one file of the
// data directory, `identity.key` (PKCS#8 in PEM, mode 0600).
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"
#include "proto/signing.hpp"

struct evp_pkey_st;
struct x509_st;

namespace edgemesh::net {

class mesh_identity final : public proto::signing {
 public:
  ~mesh_identity() override;
  mesh_identity(const mesh_identity&) = delete;
  mesh_identity& operator=(const mesh_identity&) = delete;

  const node_key& own_key() const noexcept override { return own_key_; }
  node_signature sign(std::string_view bytes) const override;
  bool verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const override;
  content_hash hash(std::string_view bytes) const override;

  /// Self-signed, made anew in each process. Peers look at nothing in it but the key.
  x509_st* certificate() const noexcept { return certificate_; }
  evp_pkey_st* private_key() const noexcept { return private_key_; }

 private:
  explicit mesh_identity(evp_pkey_st* private_key);  // takes it
  friend std::shared_ptr<const mesh_identity> make_identity();
  friend result<std::shared_ptr<const mesh_identity>> load_identity(const std::string& path);
  evp_pkey_st* private_key_;
  x509_st* certificate_;
  node_key own_key_;
};

using shared_identity = std::shared_ptr<const mesh_identity>;

/// A new key pair that is in no file.
shared_identity make_identity();
/// Errors: no such file; others may read it; not an Ed25519 key. Each says what to do.
result<shared_identity> load_identity(const std::string& path);
/// Writes a new key pair where no file is yet.
result<shared_identity> make_identity_file(const std::string& path);
/// What the file holds, or a new key pair when there is none.
result<shared_identity> load_or_make_identity(const std::string& path);

/// Where the key waits that is to follow the one in `path`: both files are there until the change is over.
inline std::string next_identity_file(const std::string& path) { return path + ".next"; }
/// The key that waits takes the place of the one in `path`, which is gone then.
result<void> settle_identity_file(const std::string& path);

}  // namespace edgemesh::net
