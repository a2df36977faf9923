#include "net/mesh_tls.hpp"

#include <openssl/ssl.h>

#include "mesh_fixture.hpp"

namespace edgemesh::net {
namespace {

using testing::handshake;

class MeshTls : public ::testing::Test {
 protected:
  void SetUp() override { members.keys = {server_id->own_key(), client_id->own_key()}; }
  handshake shake(const mesh_tls& server, const mesh_tls& client, const node_key& expected) {
    return testing::shake_hands(io, server.context(), client.context(), [&](ssl_st* c) { expect_key(c, expected); });
  }
  handshake shake(const mesh_tls& client) { return shake(*server_tls, client, server_id->own_key()); }
  std::shared_ptr<const mesh_tls> client_of(const mesh_identity& id, mesh_protocol p = mesh_protocol::link) {
    return mesh_tls::make_client(id, members.gate(), p);
  }
  boost::asio::io_context io;
  testing::guest_list members;
  shared_identity server_id = make_identity(), client_id = make_identity(), stranger = make_identity();
  std::shared_ptr<const mesh_tls> server_tls =
      mesh_tls::make_server(*server_id, members.gate(), {mesh_protocol::link, mesh_protocol::http, mesh_protocol::join});
};

TEST_F(MeshTls, TwoMembersSeeEachOthersKeys) {
  const auto h = shake(*client_of(*client_id));
  ASSERT_TRUE(h.succeeded()) << h.server_error << h.client_error;
  EXPECT_EQ(peer_key(h.server->native_handle()), client_id->own_key());
  EXPECT_EQ(peer_key(h.client->native_handle()), server_id->own_key());
  EXPECT_EQ(SSL_version(h.client->native_handle()), TLS1_3_VERSION);
}

TEST_F(MeshTls, RefusesAForeignKeyOnBothSides) {
  const auto guest = shake(*client_of(*stranger));
  EXPECT_TRUE(guest.server_error);
  EXPECT_EQ(mesh_tls_problem(guest.server_error, guest.server->native_handle()), "its key is that of no member of this mesh");
  EXPECT_EQ(mesh_tls_problem(guest.client_error, guest.client->native_handle()),
            "it does not accept our key: to it we are no member of its mesh");

  const auto foreign = mesh_tls::make_server(*stranger, members.gate(), {mesh_protocol::link});
  const auto host = shake(*foreign, *client_of(*client_id), stranger->own_key());
  EXPECT_TRUE(host.client_error);
  EXPECT_EQ(mesh_tls_problem(host.client_error, host.client->native_handle()), "its key is that of no member of this mesh");
}

TEST_F(MeshTls, RefusesAnEvictedKeyFromTheNextHandshakeOn) {
  const auto tls = client_of(*client_id);
  ASSERT_TRUE(shake(*tls).succeeded());
  members.keys.erase(client_id->own_key());
  EXPECT_FALSE(shake(*tls).succeeded());
}

TEST_F(MeshTls, TellsWhyAKeyIsRefusedOnBothSides) {
  struct { key_standing standing; const char* to_it; const char* here; } const cases[] = {
      {key_standing::unknown, "it does not accept our key: to it we are no member of its mesh", "its key is that of no member of this mesh"},
      {key_standing::ended, "it does not accept our key: to it our membership has ended", "its membership has ended"},
      {key_standing::evicted, "it does not accept our key: to it we are evicted", "it is evicted"},
      {key_standing::replaced, "it does not accept our key: to it another one has taken its place", "another key has taken the place of its key"},
  };
  for (const auto& c : cases) {
    const auto tls = mesh_tls::make_server(*server_id, [&](const node_key&) { return entry_verdict(c.standing); }, {mesh_protocol::link});
    const auto h = shake(*tls, *client_of(*client_id), server_id->own_key());
    EXPECT_EQ(mesh_tls_problem(h.server_error, h.server->native_handle()), c.here);
    EXPECT_EQ(mesh_tls_problem(h.client_error, h.client->native_handle()), c.to_it);
    EXPECT_TRUE(has_refused_key(h.server->native_handle()));
    EXPECT_FALSE(has_refused_key(h.client->native_handle()));
  }
}

TEST_F(MeshTls, TakesANewKeyForTheOneThatItIsKnownAs) {
  const auto next = make_identity();
  members.keys.erase(server_id->own_key());
  const auto is_changing = [&](const node_key& k) {
    return k == next->own_key() ? entry_verdict(key_standing::member, server_id->own_key()) : entry_verdict(k == server_id->own_key());
  };
  const auto server = mesh_tls::make_server(*next, members.gate(), {mesh_protocol::link});
  const auto client = mesh_tls::make_client(*client_id, is_changing, mesh_protocol::link);
  const auto h = shake(*server, *client, server_id->own_key());
  ASSERT_TRUE(h.succeeded()) << h.server_error << h.client_error;
  EXPECT_EQ(peer_key(h.client->native_handle()), next->own_key());
  // For nobody else.
  EXPECT_FALSE(shake(*server, *client, stranger->own_key()).succeeded());
}

TEST_F(MeshTls, ResumesNoSession) {
  const auto tls = client_of(*client_id);
  const auto first = shake(*tls);
  ASSERT_TRUE(first.succeeded());
  EXPECT_FALSE(SSL_SESSION_is_resumable(SSL_get0_session(first.client->native_handle())));
  members.asked = 0;
  const auto second = testing::shake_hands(io, server_tls->context(), tls->context(), [&](ssl_st* c) {
    expect_key(c, server_id->own_key());
    SSL_set_session(c, SSL_get0_session(first.client->native_handle()));
  });
  ASSERT_TRUE(second.succeeded());
  EXPECT_FALSE(SSL_session_reused(second.client->native_handle()));
  EXPECT_EQ(members.asked, 2) << "both sides ask each time";
}

TEST_F(MeshTls, RefusesAnotherMemberThanTheExpectedOne) {
  members.keys.insert(stranger->own_key());
  const auto h = shake(*server_tls, *client_of(*client_id), stranger->own_key());
  EXPECT_FALSE(h.succeeded());
  EXPECT_EQ(mesh_tls_problem(h.client_error, h.client->native_handle()), "another node answers at this address than was expected");
}

TEST_F(MeshTls, ADialWithoutAnExpectationFails) {
  EXPECT_FALSE(testing::shake_hands(io, server_tls->context(), client_of(*client_id)->context(), [](ssl_st*) {}).succeeded());
}

TEST_F(MeshTls, RefusesTls12InBothDirections) {
  boost::asio::ssl::context old_client(boost::asio::ssl::context::tlsv12_client);
  SSL_CTX_use_certificate(old_client.native_handle(), client_id->certificate());
  SSL_CTX_use_PrivateKey(old_client.native_handle(), client_id->private_key());
  EXPECT_FALSE(testing::shake_hands(io, server_tls->context(), old_client, [](ssl_st*) {}).succeeded());

  boost::asio::ssl::context old_server(boost::asio::ssl::context::tlsv12_server);
  SSL_CTX_use_certificate(old_server.native_handle(), server_id->certificate());
  SSL_CTX_use_PrivateKey(old_server.native_handle(), server_id->private_key());
  const auto h = testing::shake_hands(io, old_server, client_of(*client_id)->context(), [&](ssl_st* c) { expect_key(c, server_id->own_key()); });
  EXPECT_EQ(mesh_tls_problem(h.client_error, h.client->native_handle()), "it does not speak TLS 1.3");
}

TEST_F(MeshTls, TellsWhatAConnectionIsFor) {
  for (const auto p : {mesh_protocol::link, mesh_protocol::http, mesh_protocol::join}) {
    const auto tls = client_of(*client_id, p);
    const auto h = shake(*tls);
    ASSERT_TRUE(h.succeeded()) << name_of(p);
    EXPECT_EQ(protocol_of(h.server->native_handle()), p);
    EXPECT_EQ(protocol_of(h.client->native_handle()), p);
  }
}

TEST_F(MeshTls, RefusesAProtocolThatIsNotOfferedThere) {
  const auto links_only = mesh_tls::make_server(*server_id, members.gate(), {mesh_protocol::link});
  const auto h = shake(*links_only, *client_of(*client_id, mesh_protocol::http), server_id->own_key());
  EXPECT_FALSE(h.succeeded());
  EXPECT_NE(mesh_tls_problem(h.client_error, h.client->native_handle()).find("does not serve this protocol"), std::string::npos);
}

TEST_F(MeshTls, RefusesAClientThatNamesNoProtocol) {
  const auto silent = client_of(*client_id);
  SSL_CTX_set_alpn_protos(silent->context().native_handle(), nullptr, 0);
  EXPECT_TRUE(shake(*silent).server_error);
}

class Joining : public MeshTls {
 protected:
  handshake join(boost::asio::ssl::context& client, const content_hash& fingerprint) {
    return testing::shake_hands(io, server_tls->context(), client, [&](ssl_st* c) { expect_fingerprint(c, fingerprint); });
  }
};

TEST_F(Joining, AStrangerMayJoinAndShowsItsKey) {
  const auto tls = mesh_tls::make_client(*stranger, [](const node_key&) { return false; }, mesh_protocol::join);
  const auto h = join(tls->context(), fingerprint_of(server_id->own_key()));
  ASSERT_TRUE(h.succeeded()) << h.server_error << h.client_error;
  EXPECT_EQ(peer_key(h.server->native_handle()), stranger->own_key());
}

TEST_F(Joining, TheServerMustHaveTheFingerprintOfTheInvitation) {
  const auto tls = mesh_tls::make_client(*stranger, [](const node_key&) { return true; }, mesh_protocol::join);
  EXPECT_FALSE(join(tls->context(), fingerprint_of(client_id->own_key())).succeeded());
}

TEST_F(Joining, AClientWithoutACertificateGetsNoFurtherThanJoining) {
  const auto bare = [&](mesh_protocol p) {
    boost::asio::ssl::context context(boost::asio::ssl::context::tlsv13_client);
    const std::string wire = static_cast<char>(name_of(p).size()) + std::string(name_of(p));
    SSL_CTX_set_alpn_protos(context.native_handle(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size()));
    return testing::shake_hands(io, server_tls->context(), context, [](ssl_st*) {});
  };
  const auto joining = bare(mesh_protocol::join);
  EXPECT_TRUE(joining.succeeded()) << joining.server_error;
  EXPECT_FALSE(peer_key(joining.server->native_handle()));
  EXPECT_TRUE(bare(mesh_protocol::link).server_error);
  EXPECT_TRUE(bare(mesh_protocol::http).server_error);
}

TEST_F(Joining, ACertificateOfAnotherKindOfKeyIsRefused) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tlsv13_client);
  EVP_PKEY* rsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
  X509* certificate = X509_new();
  X509_set_pubkey(certificate, rsa);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_sign(certificate, rsa, EVP_sha256());
  SSL_CTX_use_certificate(context.native_handle(), certificate);
  SSL_CTX_use_PrivateKey(context.native_handle(), rsa);
  const std::string wire = static_cast<char>(name_of(mesh_protocol::link).size()) + std::string(name_of(mesh_protocol::link));
  SSL_CTX_set_alpn_protos(context.native_handle(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size()));
  EXPECT_TRUE(testing::shake_hands(io, server_tls->context(), context, [](ssl_st*) {}).server_error);
  X509_free(certificate);
  EVP_PKEY_free(rsa);
}

TEST_F(MeshTls, EachUseOfASharedPortIsToldByItsProtocol) {
  const auto server = mesh_tls::make_server(*server_id, members.gate(),
                                            {mesh_protocol::link, mesh_protocol::http, mesh_protocol::lend, mesh_protocol::join});
  for (const auto p : {mesh_protocol::link, mesh_protocol::http, mesh_protocol::lend, mesh_protocol::join}) {
    const auto h = shake(*server, *client_of(*client_id, p), server_id->own_key());
    ASSERT_TRUE(h.succeeded()) << name_of(p);
    EXPECT_EQ(protocol_of(h.server->native_handle()), p);
    EXPECT_EQ(protocol_of(h.client->native_handle()), p);
  }
}

TEST_F(MeshTls, ANodeThatKnowsNoLendingRefusesIt) {
  const auto h = shake(*client_of(*client_id, mesh_protocol::lend));
  EXPECT_FALSE(h.succeeded());
  EXPECT_EQ(mesh_tls_problem(h.client_error, h.client->native_handle()),
            "it does not serve this protocol on that port; is it the address of another listener?");
}

}  // namespace
}  // namespace edgemesh::net
