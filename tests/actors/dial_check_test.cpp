// Whether linked nodes can be dialled at the addresses that they give: over real sockets on loopback.
#include "actors/mesh/dial_check.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "net/mesh_acceptor.hpp"
#include "net/mesh_identity.hpp"
#include "tests/unit/net/mesh_fixture.hpp"

namespace edgemesh::actors {
namespace {

using net::testing::run_until;

class DialCheck : public ::testing::Test {
 protected:
  DialCheck() {
    log::configure(log::level::off, log::format::text);
    members.keys = {own->own_key(), other->own_key()};
  }
  ~DialCheck() override {
    checks.stop();
    if (listener) listener->stop();
  }
  void listen(std::uint16_t at = 0) {
    net::testing::tcp::acceptor a(io, {boost::asio::ip::address_v4::loopback(), at});
    a.non_blocking(true);
    port = a.local_endpoint().port();
    listener = std::make_shared<net::mesh_acceptor>(io, std::move(a), net::mesh_tls::make_server(*other, members.gate(), {net::mesh_protocol::http}),
                                                    net::mesh_acceptor_options{}, [this](net::mesh_connection) { ++dialled; });
    listener->start();
  }
  void watch() { checks.watch({{other->own_key(), "127.0.0.1:" + std::to_string(port)}}); }

  boost::asio::io_context io;
  net::name_resolver resolver{io};
  net::testing::guest_list members;
  net::shared_identity own = net::make_identity(), other = net::make_identity();
  std::shared_ptr<net::mesh_acceptor> listener;
  std::uint16_t port = 1;
  int dialled = 0, changes = 0, answers = 0;
  bool has_losses = false;
  dial_check checks{{io, resolver, net::mesh_tls::make_client(*own, members.gate(), net::mesh_protocol::http),
                     [this](const node_key&) { return has_losses; }, [this] { ++changes; }, [this](const node_key&) { ++answers; }}};
};

TEST_F(DialCheck, TriesANodeOnceWhileNothingIsWrong) {
  listen();
  watch();
  run_until(io, [&] { return answers == 1; });
  EXPECT_FALSE(checks.is_failing(other->own_key()));
  EXPECT_EQ(changes, 0);
  const auto end = steady_clock::now() + milliseconds(4500);
  run_until(io, [&] { return steady_clock::now() > end; });
  EXPECT_EQ(dialled, 1);
}

TEST_F(DialCheck, TriesAgainWhenRequestsGetLost) {
  listen();
  watch();
  run_until(io, [&] { return answers == 1; });
  has_losses = true;
  run_until(io, [&] { return answers == 2; });
}

TEST_F(DialCheck, ANodeThatDoesNotAnswerFailsUntilItDoes) {
  watch();
  run_until(io, [&] { return checks.is_failing(other->own_key()); });
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(checks.failing(), std::vector<node_key>{other->own_key()});
  checks.watch({});  // its link is lost
  EXPECT_TRUE(checks.failing().empty());
  EXPECT_EQ(changes, 2);
  listen();
  watch();
  run_until(io, [&] { return answers == 1; });
  EXPECT_FALSE(checks.is_failing(other->own_key()));
}

TEST_F(DialCheck, AnotherNodeAtTheAddressIsNoAnswer) {
  listen();
  const auto third = net::make_identity();
  members.keys.insert(third->own_key());
  checks.watch({{third->own_key(), "127.0.0.1:" + std::to_string(port)}});
  run_until(io, [&] { return checks.is_failing(third->own_key()); });
}

}  // namespace
}  // namespace edgemesh::actors
