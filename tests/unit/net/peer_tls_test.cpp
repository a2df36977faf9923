// Forwarded requests: upstream_connection towards another node's listener.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "mesh_fixture.hpp"
#include "net/client_tls.hpp"
#include "net/listener.hpp"
#include "net/mesh_acceptor.hpp"
#include "net/upstream_connection.hpp"

namespace edgemesh::net {
namespace {

using testing::run_until;

class PeerTls : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bound = bind_listener(io, {"127.0.0.1", 0}, "listen.peer");
    ASSERT_TRUE(bound);
    port = bound->local_endpoint().port();
    acceptor = std::make_shared<mesh_acceptor>(
        io, std::move(*bound), mesh_tls::make_server(*host, members.gate(), {mesh_protocol::http, mesh_protocol::join}),
        mesh_acceptor_options{}, [this](mesh_connection c) { answer(std::move(c)); });
    acceptor->start();
  }
  void TearDown() override {
    acceptor->stop();
    io.restart();
    io.poll();
  }
  /// Says in its body who asked.
  void answer(mesh_connection c) {
    arrived.push_back(std::make_unique<mesh_connection>(std::move(c)));
    auto state = socket_tls::state::done;
    arrived.back()->tls->write(arrived.back()->peer->brief(), state);
  }
  struct outcome {
    boost::system::error_code ec;
    std::string read, problem;
  };
  outcome ask(std::shared_ptr<const client_tls> tls) {
    upstream_target target;
    target.url = *parse_backend_url("https://127.0.0.1:" + std::to_string(port));
    target.addresses = {{*parse_ip("127.0.0.1"), port}};
    target.server_name = "127.0.0.1";
    target.tls = std::move(tls);
    upstream_connection connection(io.get_executor());
    outcome o;
    bool is_over = false;
    const auto session = [&]() -> boost::asio::awaitable<void> {
      o.ec = co_await connection.connect(target);
      std::string buffer(64, '\0');
      if (!o.ec) buffer.resize(co_await connection.read(boost::asio::buffer(buffer), o.ec));
      if (!o.ec) o.read = buffer;
      o.problem = connection.problem();
      is_over = true;
    };
    boost::asio::co_spawn(io, session, [](std::exception_ptr e) { EXPECT_FALSE(e); });
    run_until(io, [&] { return is_over; });
    return o;
  }
  boost::asio::io_context io;
  shared_identity host = make_identity(), guest = make_identity(), stranger = make_identity();
  testing::guest_list members{{host->own_key(), guest->own_key()}};
  std::uint16_t port = 0;
  std::shared_ptr<mesh_acceptor> acceptor;
  std::vector<std::unique_ptr<mesh_connection>> arrived;
};

TEST_F(PeerTls, ReachesTheExpectedNodeAndIsKnownThere) {
  const auto o = ask(make_peer_tls(*guest, host->own_key(), members.gate()));
  EXPECT_FALSE(o.ec) << o.problem;
  EXPECT_EQ(o.read, guest->own_key().brief());
  EXPECT_EQ(arrived.at(0)->protocol, mesh_protocol::http);
}

TEST_F(PeerTls, RefusesAnotherNodeAtThatAddress) {
  const auto o = ask(make_peer_tls(*guest, stranger->own_key(), members.gate()));
  EXPECT_TRUE(o.ec);
  EXPECT_EQ(o.problem, "another node answers at this address than was expected");
}

TEST_F(PeerTls, RefusesANodeThatWasEvictedHere) {
  members.keys.erase(host->own_key());
  EXPECT_TRUE(ask(make_peer_tls(*guest, host->own_key(), members.gate())).ec);
}

TEST_F(PeerTls, SaysThatThePeerDoesNotKnowUs) {
  const auto o = ask(make_peer_tls(*stranger, host->own_key(), members.gate()));
  EXPECT_TRUE(o.ec);
  EXPECT_EQ(o.problem, "it does not accept our key: to it we are no member of its mesh");
}

TEST_F(PeerTls, ManyPeersShareOneContext) {
  const auto shared = mesh_tls::make_client(*guest, members.gate(), mesh_protocol::http);
  EXPECT_FALSE(ask(std::make_shared<const client_tls>(shared, host->own_key())).ec);
  EXPECT_TRUE(ask(std::make_shared<const client_tls>(shared, guest->own_key())).ec);
}

TEST_F(PeerTls, AJoinerIsLedByTheFingerprintAlone) {
  const auto o = ask(make_join_tls(*stranger, fingerprint_of(host->own_key())));
  EXPECT_FALSE(o.ec) << o.problem;
  EXPECT_EQ(o.read, stranger->own_key().brief());
  EXPECT_EQ(arrived.at(0)->protocol, mesh_protocol::join);
  EXPECT_TRUE(ask(make_join_tls(*stranger, fingerprint_of(guest->own_key()))).ec);
}

}  // namespace
}  // namespace edgemesh::net
