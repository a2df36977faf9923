#include "net/mesh_acceptor.hpp"

#include <openssl/ssl.h>

#include <boost/asio/write.hpp>
#include <ctime>
#include <vector>

#include "mesh_fixture.hpp"
#include "net/mesh_dial.hpp"

namespace edgemesh::net {
namespace {

using testing::run_until;
using testing::tcp;

class MeshAcceptor : public ::testing::Test {
 protected:
  void SetUp() override {
    members.keys = {host->own_key(), guest->own_key()};
    tcp_acceptor.open(tcp::v4());
    tcp_acceptor.set_option(tcp::acceptor::reuse_address(true));
    tcp_acceptor.bind({boost::asio::ip::address_v4::loopback(), 0});
    tcp_acceptor.listen(512);
    tcp_acceptor.non_blocking(true);
    at = tcp_acceptor.local_endpoint();
  }
  void TearDown() override {
    if (acceptor) acceptor->stop();
    for (const auto& d : dials) d->cancel();
    io.restart();
    io.poll();
  }
  void listen(mesh_acceptor_options options = {.handshake_max = milliseconds(200)}) {
    const auto tls = mesh_tls::make_server(*host, members.gate(), {mesh_protocol::link, mesh_protocol::http, mesh_protocol::join});
    acceptor = std::make_shared<mesh_acceptor>(io, std::move(tcp_acceptor), tls, options,
                                               [this](mesh_connection c) { arrivals.push_back(std::make_unique<mesh_connection>(std::move(c))); });
    acceptor->start();
  }
  void dial(const mesh_identity& who, mesh_protocol protocol, std::variant<node_key, content_hash> expected) {
    dials.push_back(std::make_shared<mesh_dial>(io, resolver, mesh_tls::make_client(who, members.gate(), protocol), patience));
    dials.back()->start({{"127.0.0.1", at.port()}, expected}, [this](result<mesh_connection> r) {
      ++dialled;
      if (r) connections.push_back(std::make_unique<mesh_connection>(std::move(*r)));
      else problems.push_back(r.error().message);
    });
  }
  void dial(const mesh_identity& who) { dial(who, mesh_protocol::link, host->own_key()); }
  tcp::socket raw() {
    tcp::socket s(io);
    s.connect(at);
    return s;
  }
  /// Reads until the other side is gone.
  static bool is_closed(tcp::socket& s) {
    boost::system::error_code ec;
    s.non_blocking(true);
    char bytes[64];
    while (!ec) s.read_some(boost::asio::buffer(bytes), ec);
    return ec != boost::asio::error::would_block;
  }

  boost::asio::io_context io;
  name_resolver resolver{io};
  testing::guest_list members;
  shared_identity host = make_identity(), guest = make_identity(), stranger = make_identity();
  tcp::acceptor tcp_acceptor{io};
  tcp::endpoint at;
  std::shared_ptr<mesh_acceptor> acceptor;
  std::vector<std::shared_ptr<mesh_dial>> dials;
  std::vector<std::unique_ptr<mesh_connection>> arrivals, connections;
  std::vector<std::string> problems;
  int dialled = 0;
  mesh_dial_options patience;
};

/// The beginning of what a client says first.
std::string client_hello(const mesh_identity& id) {
  const auto tls = mesh_tls::make_client(id, [](const node_key&) { return true; }, mesh_protocol::link);
  SSL* ssl = SSL_new(tls->context().native_handle());
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, in, out);
  SSL_connect(ssl);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  std::string hello(bytes, static_cast<std::size_t>(size));
  SSL_free(ssl);
  return hello;
}

TEST_F(MeshAcceptor, HandsOverAMemberWithItsKeyAndWhatItWants) {
  listen();
  for (const auto p : {mesh_protocol::link, mesh_protocol::http, mesh_protocol::join}) {
    const auto before = arrivals.size();
    if (p == mesh_protocol::join) dial(*stranger, p, fingerprint_of(host->own_key()));
    else dial(*guest, p, host->own_key());
    run_until(io, [&] { return arrivals.size() > before && connections.size() > before; });
    EXPECT_EQ(arrivals.back()->protocol, p);
    EXPECT_EQ(arrivals.back()->peer, p == mesh_protocol::join ? stranger->own_key() : guest->own_key());
    EXPECT_TRUE(arrivals.back()->remote.address.is_loopback());
    EXPECT_EQ(connections.back()->peer, host->own_key());
  }
  EXPECT_EQ(acceptor->counts().entered, 3u);
  EXPECT_EQ(acceptor->waiting(), 0u);
}

TEST_F(MeshAcceptor, AConnectionWorksOnAnotherLoopToo) {
  listen();
  dial(*guest);
  run_until(io, [&] { return !arrivals.empty() && !connections.empty(); });
  boost::asio::io_context other;
  auto moved = std::move(*arrivals.front()).detach().attach(other.get_executor());
  auto state = socket_tls::state::done;
  EXPECT_EQ(connections.front()->tls->write("hello", state), 5u);
  std::string got;
  moved.socket.async_wait(tcp::socket::wait_read, [&](boost::system::error_code) {
    char bytes[64];
    auto s = socket_tls::state::done;
    got.assign(bytes, moved.tls->read(bytes, sizeof bytes, s));
  });
  other.run_for(std::chrono::seconds(5));
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(moved.peer, guest->own_key());
}

TEST_F(MeshAcceptor, KeepsForeignAndEvictedKeysOut) {
  listen();
  dial(*stranger);
  run_until(io, [&] { return acceptor->counts().failed == 1; });
  members.keys.erase(guest->own_key());
  dial(*guest);
  run_until(io, [&] { return acceptor->counts().failed == 2; });
  EXPECT_TRUE(arrivals.empty());
}

TEST_F(MeshAcceptor, SilentConnectionsAndHalfAHelloAreGoneInTimeAndCostNoCpu) {
  listen({.handshake_max = milliseconds(200), .waiting_per_source_max = 200});
  const auto hello = client_hello(*guest);
  std::vector<tcp::socket> idlers;
  for (int i = 0; i < 100; ++i) idlers.push_back(raw());
  for (int i = 0; i < 20; ++i) {
    idlers.push_back(raw());
    boost::asio::write(idlers.back(), boost::asio::buffer(hello.data(), hello.size() / 2));
  }
  run_until(io, [&] { return acceptor->waiting() == 120; });
  const auto cpu = std::clock();
  const auto began = steady_clock::now();
  run_until(io, [&] { return acceptor->waiting() == 0; });
  EXPECT_LT(steady_clock::now() - began, milliseconds(2000));
  EXPECT_LT(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, 0.1);
  for (auto& s : idlers) EXPECT_TRUE(is_closed(s));
  EXPECT_EQ(acceptor->counts().too_slow, 120u);
}

TEST_F(MeshAcceptor, AMemberGetsThroughBesideSilentOnes) {
  listen({.handshake_max = milliseconds(5000)});
  std::vector<tcp::socket> idlers;
  for (int i = 0; i < 60; ++i) idlers.push_back(raw());
  run_until(io, [&] { return acceptor->waiting() == 60; });
  dial(*guest);
  run_until(io, [&] { return !arrivals.empty(); });
  EXPECT_EQ(acceptor->waiting(), 60u);
}

TEST_F(MeshAcceptor, HandshakesBeyondTheLimitOfASourceWaitForTheirTurn) {
  listen({.handshake_max = milliseconds(400), .handshakes_per_source_max = 2});
  const auto hello = client_hello(*guest);
  std::vector<tcp::socket> halves;
  for (int i = 0; i < 2; ++i) {
    halves.push_back(raw());
    boost::asio::write(halves.back(), boost::asio::buffer(hello.data(), hello.size() / 2));
  }
  run_until(io, [&] { return acceptor->waiting() == 2; });
  io.run_for(milliseconds(20));
  dial(*guest);
  run_until(io, [&] { return acceptor->waiting() == 3; });
  EXPECT_TRUE(arrivals.empty());
  halves.clear();  // they leave: there is room
  run_until(io, [&] { return arrivals.size() == 1; });
}

TEST_F(MeshAcceptor, ManyMembersFromOneAddressAllGetThrough) {
  listen({.handshake_max = milliseconds(5000)});
  for (int i = 0; i < 40; ++i) dial(*guest);
  run_until(io, [&] { return dialled == 40; });
  EXPECT_EQ(problems, std::vector<std::string>());
  run_until(io, [&] { return arrivals.size() == 40; });
}

TEST_F(MeshAcceptor, TurnsAwayWhatIsBeyondItsLimits) {
  listen({.handshake_max = milliseconds(5000), .waiting_max = 10, .waiting_per_source_max = 6});
  std::vector<tcp::socket> idlers;
  for (int i = 0; i < 9; ++i) idlers.push_back(raw());
  run_until(io, [&] { return acceptor->counts().turned_away == 3; });
  EXPECT_EQ(acceptor->waiting(), 6u);
}

TEST_F(MeshAcceptor, DropsNonsenseAtOnce) {
  listen({.handshake_max = milliseconds(5000)});
  auto http = raw();
  boost::asio::write(http, boost::asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  auto noise = raw();
  boost::asio::write(noise, boost::asio::buffer(std::string(1000, '\xff')));
  run_until(io, [&] { return acceptor->counts().failed == 2; });
  EXPECT_TRUE(is_closed(http));
  EXPECT_TRUE(is_closed(noise));
}

TEST_F(MeshAcceptor, StopsWithConnectionsUnderWay) {
  listen({.handshake_max = milliseconds(5000)});
  auto idler = raw();
  run_until(io, [&] { return acceptor->waiting() == 1; });
  acceptor->stop();
  EXPECT_EQ(acceptor->waiting(), 0u);
  EXPECT_TRUE(is_closed(idler));
  tcp::socket late(io);
  boost::system::error_code ec;
  late.connect(at, ec);
  EXPECT_TRUE(ec);
}

class MeshDial : public MeshAcceptor {};

TEST_F(MeshDial, SaysWhoAnsweredInstead) {
  listen();
  dial(*guest, mesh_protocol::link, stranger->own_key());
  run_until(io, [&] { return dialled == 1; });
  EXPECT_EQ(problems.at(0), "127.0.0.1:" + std::to_string(at.port()) + ": another node answers at this address than was expected");
}

TEST_F(MeshDial, GivesUpOnAMuteListener) {
  patience.handshake_max = milliseconds(200);
  dial(*guest);  // the kernel takes the connection, nobody reads it
  const auto began = steady_clock::now();
  run_until(io, [&] { return dialled == 1; });
  EXPECT_LT(steady_clock::now() - began, milliseconds(2000));
  EXPECT_EQ(problems.at(0), "127.0.0.1:" + std::to_string(at.port()) + ": it takes connections but says nothing");
}

TEST_F(MeshDial, SaysThatNobodyListens) {
  tcp_acceptor.close();
  dial(*guest);
  run_until(io, [&] { return dialled == 1; });
  EXPECT_NE(problems.at(0).find("connection refused"), std::string::npos);
}

TEST_F(MeshDial, TriesTheNextAddressOfAName) {
  listen();
  name_resolver two_addresses(io, {}, [](const std::string&) -> name_resolver::answer {
    return std::vector<ip_address>{*parse_ip("127.0.0.9"), *parse_ip("127.0.0.1")};
  });
  const auto d = std::make_shared<mesh_dial>(io, two_addresses, mesh_tls::make_client(*guest, members.gate(), mesh_protocol::link));
  std::optional<ip_endpoint> reached;
  d->start({{"node.example", at.port()}, host->own_key()}, [&](result<mesh_connection> r) {
    ASSERT_TRUE(r) << r.error().message;
    reached = r->remote;
  });
  run_until(io, [&] { return reached.has_value(); });
  EXPECT_EQ(reached->to_string(), "127.0.0.1:" + std::to_string(at.port()));
}

TEST_F(MeshDial, SaysThatANameIsUnknown) {
  name_resolver none(io, {}, [](const std::string&) -> name_resolver::answer { return error{"node.example: no such host"}; });
  const auto d = std::make_shared<mesh_dial>(io, none, mesh_tls::make_client(*guest, members.gate(), mesh_protocol::link));
  std::string problem;
  d->start({{"node.example", 1}, host->own_key()}, [&](result<mesh_connection> r) { problem = r.error().message; });
  run_until(io, [&] { return !problem.empty(); });
  EXPECT_EQ(problem, "node.example: no such host");
}

TEST_F(MeshDial, SaysNothingOnceItIsCancelled) {
  listen();
  dial(*guest);
  dials.back()->cancel();
  io.run_for(milliseconds(50));
  EXPECT_EQ(dialled, 0);
}

}  // namespace
}  // namespace edgemesh::net
