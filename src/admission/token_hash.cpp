#include "admission/token_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace edgemesh::admission {

token_hash hash_token(std::string_view token) {
  token_hash out;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), out.bytes.data());
  return out;
}

bool is_same(const token_hash& a, const token_hash& b) noexcept { return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), token_hash::size) == 0; }

}  // namespace edgemesh::admission
