#include "net/keyed_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace edgemesh::net {

content_hash sha256(std::string_view bytes) {
  content_hash hash;
  EDGEMESH_CHECK(EVP_Digest(bytes.data(), bytes.size(), hash.bytes.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return hash;
}

content_hash keyed_hash(const secret& key, std::string_view bytes) {
  content_hash hash;
  const auto* text = reinterpret_cast<const unsigned char*>(bytes.data());
  EDGEMESH_CHECK(HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()), text, bytes.size(), hash.bytes.data(),
                      nullptr) != nullptr);
  return hash;
}

bool equal_secretly(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace edgemesh::net
