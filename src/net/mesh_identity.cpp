#include "net/mesh_identity.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/check.hpp"
#include "net/keyed_hash.hpp"
#include "net/mesh/node_certificate.hpp"
#include "platform/private_file.hpp"

namespace edgemesh::net {

namespace {

constexpr std::size_t key_file_bytes_max = 4096;

using digest_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using memory_bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

/// A string that leaves no copy of a key behind.
struct wiped_text {
  std::string text;
  ~wiped_text() { OPENSSL_cleanse(text.data(), text.size()); }
};

/// The key of the password callback: a key file with a password would make OpenSSL ask the terminal.
int no_password(char*, int, int, void*) { return -1; }

EVP_PKEY* parse_private_key(std::string_view pem) {
  const memory_bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in.get(), nullptr, &no_password, nullptr);
  if (key != nullptr && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) return key;
  EVP_PKEY_free(key);
  return nullptr;
}

wiped_text to_pem(EVP_PKEY* key) {
  const memory_bio out(BIO_new(BIO_s_secmem()), &BIO_free);
  EDGEMESH_CHECK(out && PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return {std::string(bytes, static_cast<std::size_t>(size))};
}

error explain(const std::string& path, const platform::private_file_read& read) {
  using state = platform::private_file_state;
  switch (read.state) {
    case state::missing: return error{"there is no identity at " + path};
    case state::exposed: return error{path + " can be read by others than its owner; if nobody has, run: chmod 600 " + path};
    case state::not_a_file: return error{path + " is not a file"};
    case state::too_large: return error{path + " holds no Ed25519 private key in PEM"};
    default: return error{"cannot read " + path + ": " + read.reason.message()};
  }
}

}  // namespace

mesh_identity::mesh_identity(evp_pkey_st* private_key) : private_key_(private_key), certificate_(make_node_certificate(private_key)) {
  const auto key = key_of(certificate_);
  EDGEMESH_CHECK(key);
  own_key_ = *key;
}

mesh_identity::~mesh_identity() {
  X509_free(certificate_);
  EVP_PKEY_free(private_key_);
}

node_signature mesh_identity::sign(std::string_view bytes) const {
  const digest_context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  node_signature signature;
  std::size_t size = signature.bytes.size();
  EDGEMESH_CHECK(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, private_key_) == 1);
  EDGEMESH_CHECK(EVP_DigestSign(context.get(), signature.bytes.data(), &size, raw(bytes), bytes.size()) == 1 && size == node_signature::size);
  return signature;
}

bool mesh_identity::verify(const node_key& signer, std::string_view bytes, const node_signature& signature) const {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, signer.bytes.data(), signer.bytes.size()), &EVP_PKEY_free);
  const digest_context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!key || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.bytes.data(), signature.bytes.size(), raw(bytes), bytes.size()) == 1;
}

content_hash mesh_identity::hash(std::string_view bytes) const { return sha256(bytes); }

shared_identity make_identity() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  EDGEMESH_CHECK(key != nullptr);
  return shared_identity(new mesh_identity(key));
}

result<shared_identity> load_identity(const std::string& path) {
  auto read = platform::read_private_file(path, key_file_bytes_max);
  const wiped_text pem{std::move(read.bytes)};
  if (read.state != platform::private_file_state::good) return explain(path, read);
  EVP_PKEY* key = parse_private_key(pem.text);
  if (key == nullptr) return error{path + " holds no Ed25519 private key in PEM"};
  return shared_identity(new mesh_identity(key));
}

result<shared_identity> make_identity_file(const std::string& path) {
  auto made = make_identity();
  const auto written = platform::create_private_file(path, to_pem(made->private_key()).text);
  if (written.state == platform::private_file_state::exists) return error{path + " exists already; a new identity does not replace it"};
  if (written.state != platform::private_file_state::good) return error{"cannot write " + path + ": " + written.reason.message()};
  return made;
}

result<void> settle_identity_file(const std::string& path) {
  const auto moved = platform::replace_private_file(next_identity_file(path), path);
  if (moved.state == platform::private_file_state::missing) return error{"there is no identity at " + next_identity_file(path)};
  if (moved.state != platform::private_file_state::good) return error{"cannot replace " + path + ": " + moved.reason.message()};
  return {};
}

result<shared_identity> load_or_make_identity(const std::string& path) {
  const auto read = platform::read_private_file(path, 0);
  if (read.state == platform::private_file_state::missing) return make_identity_file(path);
  return load_identity(path);
}

}  // namespace edgemesh::net
