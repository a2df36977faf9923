// A server context made of files, and how clients get through its handshake or do not.
#include "net/server_tls.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

namespace edgemesh::net {
namespace {

using testing::HasSubstr;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using connection_ptr = std::unique_ptr<SSL, decltype(&SSL_free)>;

class ServerTls : public testing::Test {
 protected:
  ServerTls() : folder_(std::filesystem::temp_directory_path() / ("edgemesh-server-tls-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    write_pair("own");
    write_pair("other");
  }
  ~ServerTls() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// A self-signed certificate NAME.pem and its key NAME.key; NAME.locked is the key behind a passphrase.
  void write_pair(const std::string& name) {
    const key_ptr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const certificate_ptr made(X509_new(), &X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    X509_sign(made.get(), key.get(), EVP_sha256());
    const auto write = [&](const std::string& file, auto put) {
      const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(path(file).c_str(), "w"), &BIO_free);
      ASSERT_EQ(put(out.get()), 1);
    };
    write(name + ".pem", [&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
    write(name + ".key", [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    write(name + ".locked", [&](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_256_cbc(), reinterpret_cast<const unsigned char*>("word"), 4, nullptr, nullptr);
    });
  }

  static void pump(SSL* from, SSL* to) {
    char bytes[65536];
    for (int n; (n = BIO_read(SSL_get_wbio(from), bytes, sizeof bytes)) > 0;) BIO_write(SSL_get_rbio(to), bytes, n);
  }
  static connection_ptr connection(SSL_CTX* context) {
    connection_ptr out(SSL_new(context), &SSL_free);
    SSL_set_bio(out.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    return out;
  }
  /// Whether both sides are through; `protocols` as on the wire.
  bool lets_in(const server_tls& server, SSL_CTX* client_context, const std::string& protocols = "") {
    auto server_side = connection(server.context().native_handle()), client_side = connection(client_context);
    SSL_set_accept_state(server_side.get());
    SSL_set_connect_state(client_side.get());
    if (!protocols.empty())
      SSL_set_alpn_protos(client_side.get(), reinterpret_cast<const unsigned char*>(protocols.data()), static_cast<unsigned>(protocols.size()));
    int here = 0, there = 0;
    for (int i = 0; i < 8 && (here != 1 || there != 1); ++i) {
      there = SSL_do_handshake(client_side.get());
      pump(client_side.get(), server_side.get());
      here = SSL_do_handshake(server_side.get());
      if (here != 1 && SSL_get_error(server_side.get(), here) != SSL_ERROR_WANT_READ) {
        problem_ = entry_problem(server_side.get());
        return false;
      }
      pump(server_side.get(), client_side.get());
    }
    version_ = SSL_version(server_side.get());
    return here == 1 && there == 1;
  }

  static context_ptr client() { return {SSL_CTX_new(TLS_client_method()), &SSL_CTX_free}; }

  std::filesystem::path folder_;
  std::string problem_;
  int version_ = 0;
};

TEST_F(ServerTls, NamesTheFileThatIsNoGood) {
  EXPECT_THAT(server_tls::make({path("no.pem"), path("own.key"), ""}).error().message, HasSubstr("no.pem"));
  EXPECT_THAT(server_tls::make({path("own.pem"), path("no.key"), ""}).error().message, HasSubstr("no.key"));
  EXPECT_THAT(server_tls::make({path("own.pem"), path("own.pem"), ""}).error().message, HasSubstr("cannot use the key"));
  EXPECT_THAT(server_tls::make({path("own.pem"), path("own.key"), path("own.key")}).error().message, HasSubstr("client_ca"));
  EXPECT_THAT(server_tls::make({path("own.pem"), path("other.key"), ""}).error().message, HasSubstr("is not that of the certificate"));
  EXPECT_THAT(server_tls::make({path("own.pem"), path("own.locked"), ""}).error().message, HasSubstr("has a passphrase"));
}

TEST_F(ServerTls, SpeaksTls12And13) {
  const auto server = server_tls::make({path("own.pem"), path("own.key"), ""});
  ASSERT_TRUE(server) << server.error().message;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = client();
    SSL_CTX_set_max_proto_version(context.get(), version);
    EXPECT_TRUE(lets_in(**server, context.get()));
    EXPECT_EQ(version_, version);
  }
  const auto old = client();
  SSL_CTX_set_security_level(old.get(), 0);
  SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
  EXPECT_FALSE(lets_in(**server, old.get()));
}

TEST_F(ServerTls, SpeaksHttp11WhereProtocolsAreNamed) {
  const auto server = server_tls::make({path("own.pem"), path("own.key"), ""});
  ASSERT_TRUE(server);
  const auto context = client();
  EXPECT_TRUE(lets_in(**server, context.get(), "\x02h2\x08http/1.1"));
  EXPECT_FALSE(lets_in(**server, context.get(), "\x02h2"));
}

TEST_F(ServerTls, AsksClientsForCertificates) {
  const auto server = server_tls::make({path("own.pem"), path("own.key"), path("other.pem")});
  ASSERT_TRUE(server);
  const auto context = client();
  EXPECT_FALSE(lets_in(**server, context.get()));
  EXPECT_NE(problem_, "");
  SSL_CTX_use_certificate_file(context.get(), path("own.pem").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context.get(), path("own.key").c_str(), SSL_FILETYPE_PEM);
  EXPECT_FALSE(lets_in(**server, context.get()));
  SSL_CTX_use_certificate_file(context.get(), path("other.pem").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context.get(), path("other.key").c_str(), SSL_FILETYPE_PEM);
  EXPECT_TRUE(lets_in(**server, context.get()));
}

}  // namespace
}  // namespace edgemesh::net
