#include "net/mesh/node_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/check.hpp"
#include "net/secure_random.hpp"

namespace edgemesh::net {

namespace {

bool set_serial(X509* certificate) {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  std::uint64_t serial = 0;
  for (const auto b : bytes) serial = serial << 8 | b;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (serial >> 1) | 1) == 1;  // positive
}

bool set_name(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("edgemesh node");
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 && X509_set_issuer_name(certificate, name) == 1;
}

}  // namespace

x509_st* make_node_certificate(evp_pkey_st* private_key) {
  X509* certificate = X509_new();
  EDGEMESH_CHECK(certificate != nullptr);
  bool good = X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) && set_name(certificate);
  good = good && ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "19700101000000Z") == 1;
  good = good && ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") == 1;
  good = good && X509_set_pubkey(certificate, private_key) == 1 && X509_sign(certificate, private_key, nullptr) > 0;
  EDGEMESH_CHECK(good);
  return certificate;
}

std::optional<node_key> key_of(const x509_st* certificate) {
  if (certificate == nullptr) return std::nullopt;
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  node_key found;
  std::size_t size = found.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, found.bytes.data(), &size) != 1 || size != node_key::size) return std::nullopt;
  return found;
}

}  // namespace edgemesh::net
