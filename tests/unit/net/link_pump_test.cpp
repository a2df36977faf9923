#include "net/link_pump.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "mesh_fixture.hpp"
#include "net/keyed_hash.hpp"
#include "net/secure_random.hpp"
#include "platform/stream_pair.hpp"
#include "tests/support/basp_bytes.hpp"

namespace edgemesh::net {
namespace {

using namespace edgemesh::testing;
using testing::run_until;
using testing::work_until;

constexpr std::uint64_t server_actor = 6, client_actor = 9;

/// One end of a link as BASP sees it.
struct link_end {
  std::shared_ptr<link_pump> pump;
  int fd = -1;
  std::string got, why;
  basp_fault fault = basp_fault::none;
  bool is_closed = false;

  ~link_end() {
    if (fd >= 0) ::close(fd);
  }
  link_pump::ports ports() {
    return {[this](int d) { fd = d; },
            [this](std::string w, basp_fault f) {
              is_closed = true;
              why = std::move(w);
              fault = f;
            }};
  }
  /// As much as the system takes.
  std::size_t write(std::string_view bytes) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  void read() {
    char bytes[16384];
    for (auto n = ::read(fd, bytes, sizeof bytes); n > 0; n = ::read(fd, bytes, sizeof bytes)) got.append(bytes, static_cast<std::size_t>(n));
  }
  bool is_at_end() {
    char byte;
    const auto n = ::read(fd, &byte, 1);
    return n == 0 || (n < 0 && errno != EAGAIN);
  }
};

class LinkPump : public ::testing::Test {
 protected:
  /// Both ends, through the handshakes of BASP.
  void open(link_pump_options options = {}) {
    connect(options);
    server.pump->start();
    client.pump->start();
    run_until(io, [&] { return server.fd >= 0; });
    EXPECT_EQ(client.fd, -1) << "nothing to read yet";
    server.write(server_handshake(server_id->own_key(), server_actor).bytes());
    run_until(io, [&] { return client.fd >= 0; });
    client.write(client_handshake(client_id->own_key()).bytes() + client_handshake(client_id->own_key(), 2).bytes() + spawn_server_question(7).bytes());
    client.write(frame_message(client_actor, server_actor, "hello").bytes());
    run_until(io, [&] {
      server.read();
      return server.got.ends_with("hello");
    });
    server.got.clear();
    client.got.clear();
    client.read();
    client.got.clear();
  }
  void connect(link_pump_options options) {
    auto pair = testing::connect_pair(io);
    pair.server.non_blocking(true);
    pair.client.non_blocking(true);
    mesh_connection s = secure(std::move(pair.server), *server_tls, socket_tls::side::server);
    mesh_connection c = secure(std::move(pair.client), *client_tls, socket_tls::side::client);
    expect_key(c.tls->native_handle(), server_id->own_key());
    for (int turn = 0; turn < 10; ++turn) {
      c.tls->shake_hands();
      s.tls->shake_hands();
    }
    ASSERT_EQ(peer_key(s.tls->native_handle()), client_id->own_key());
    make(server, std::move(s), {.self = server_id->own_key(), .peer = client_id->own_key()}, options);
    make(client, std::move(c), {.self = client_id->own_key(), .peer = server_id->own_key(), .is_dialled = true}, options);
  }
  static mesh_connection secure(testing::tcp::socket socket, const mesh_tls& tls, socket_tls::side side) {
    auto made = std::make_unique<socket_tls>(tls.context(), socket, side);
    return {std::move(socket), std::move(made)};
  }
  static void make(link_end& end, mesh_connection connection, const basp_filter_options& filter, link_pump_options options) {
    auto made = link_pump::make(std::move(connection), filter, options, end.ports());
    ASSERT_TRUE(made);
    end.pump = *made;
  }
  void TearDown() override {
    for (auto* end : {&server, &client})
      if (end->pump) end->pump->close();
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  shared_identity server_id = make_identity(), client_id = make_identity();
  testing::guest_list members{{server_id->own_key(), client_id->own_key()}};
  std::shared_ptr<const mesh_tls> server_tls = mesh_tls::make_server(*server_id, members.gate(), {mesh_protocol::link});
  std::shared_ptr<const mesh_tls> client_tls = mesh_tls::make_client(*client_id, members.gate(), mesh_protocol::link);
  link_end server, client;
};

TEST_F(LinkPump, CarriesTenMegabytesBothWaysUnchanged) {
  open();
  std::string down, up;
  while (down.size() < 10u << 20) {
    down += frame_message(server_actor, client_actor, random_bytes(60000)).bytes();
    up += frame_message(client_actor, server_actor, random_bytes(60000)).bytes();
  }
  std::size_t down_sent = 0, up_sent = 0;
  work_until(io, [&] {
    if (down_sent < down.size()) down_sent += server.write(std::string_view(down).substr(down_sent));
    if (up_sent < up.size()) up_sent += client.write(std::string_view(up).substr(up_sent));
    server.read();
    client.read();
    return server.is_closed || client.is_closed || (server.got.size() >= up.size() && client.got.size() >= down.size());
  });
  EXPECT_EQ(server.why + client.why, "");
  EXPECT_EQ(sha256(server.got), sha256(up));
  EXPECT_EQ(sha256(client.got), sha256(down));
  EXPECT_GE(server.pump->counts().bytes_out, down.size());
  EXPECT_GE(client.pump->counts().bytes_in, down.size());
  EXPECT_EQ(client.pump->counts().waiting, 0u);
  EXPECT_EQ(server.pump->counts().dropped, 1u) << "the question for a spawn server";
}

TEST_F(LinkPump, APeerThatDoesNotReadEndsTheLinkAtTheBound) {
  open({.waiting_bytes_max = 64 << 10, .full_time_max = milliseconds(150), .tcp = {.send_buffer_bytes = 16 << 10}});
  const auto frame = frame_message(client_actor, server_actor, std::string(60000, 'x')).bytes();
  std::string rest;
  std::size_t written = 0, most_waiting = 0;
  work_until(io, [&] {  // nobody reads server.fd
    if (rest.empty()) rest = frame;
    const auto n = client.write(rest);
    rest.erase(0, n);
    written += n;
    most_waiting = std::max(most_waiting, client.pump->counts().waiting);
    return client.is_closed;
  });
  EXPECT_EQ(client.why, "it took less than was sent");
  EXPECT_LE(most_waiting, 64u << 10);
  EXPECT_LT(written, 16u << 20) << "what the system's own buffers hold is bounded";
  EXPECT_TRUE(client.is_at_end());
}

TEST_F(LinkPump, BytesThatWaitTooLongEndTheLink) {
  open({.waiting_time_max = milliseconds(150), .full_time_max = milliseconds(60000)});
  const auto frame = frame_message(client_actor, server_actor, std::string(60000, 'x')).bytes();
  std::string rest;
  work_until(io, [&] {
    if (rest.empty()) rest = frame;
    rest.erase(0, client.write(rest));
    return client.is_closed || server.is_closed;
  });
  run_until(io, [&] { return client.is_closed && server.is_closed; });
  EXPECT_TRUE(server.why == "this node was too slow to take what it sent" || client.why == "it was too slow to take what was sent")
      << server.why << " / " << client.why;
}

TEST_F(LinkPump, ASlowReaderThatReadsKeepsTheLink) {
  open({.waiting_bytes_max = 64 << 10, .waiting_time_max = milliseconds(2000), .full_time_max = milliseconds(1000)});
  std::string all;
  while (all.size() < 2u << 20) all += frame_message(client_actor, server_actor, std::string(60000, 'x')).bytes();
  std::size_t sent = 0;
  work_until(io, [&] {
    if (sent < all.size()) sent += client.write(std::string_view(all).substr(sent, 8192));
    char bytes[4096];
    if (const auto n = ::read(server.fd, bytes, sizeof bytes); n > 0) server.got.append(bytes, static_cast<std::size_t>(n));
    return client.is_closed || server.got.size() >= all.size();
  });
  EXPECT_FALSE(client.is_closed) << client.why;
  EXPECT_EQ(sha256(server.got), sha256(all));
}

TEST_F(LinkPump, WhatHasNoPlaceOnALinkEndsItAndNeverReachesBasp) {
  open();
  client.write(frame_message(client_actor, server_actor + 1, "to somebody else").bytes());
  run_until(io, [&] { return server.is_closed; });
  EXPECT_EQ(server.fault, basp_fault::other_actor);
  EXPECT_EQ(server.why, "it sent what has no place on a link (other_actor)");
  server.read();
  EXPECT_EQ(server.got, "");
  EXPECT_TRUE(server.is_at_end());
  run_until(io, [&] { return client.is_closed; });
  EXPECT_EQ(client.why, "it closed the connection");
  EXPECT_EQ(client.fault, basp_fault::none);
}

TEST_F(LinkPump, TheEndOfBaspEndsTheLinkAfterItsLastBytes) {
  open();
  const auto last = frame_message(server_actor, client_actor, std::string(50000, 'z')).bytes();
  server.write(last);
  ::close(std::exchange(server.fd, -1));
  run_until(io, [&] { return server.is_closed && client.is_closed; });
  EXPECT_EQ(server.why, "closed by this node");
  EXPECT_EQ(client.why, "it closed the connection");
  client.read();
  EXPECT_EQ(client.got, last);
}

TEST_F(LinkPump, CloseEndsBothSidesAtOnceAndSaysNothing) {
  open();
  server.pump->close();
  EXPECT_TRUE(server.is_at_end());
  run_until(io, [&] { return client.is_closed; });
  EXPECT_TRUE(client.is_at_end());
  EXPECT_FALSE(server.is_closed);
}

TEST_F(LinkPump, AServerThatDoesNotAcceptOurKeyIsReportedInWords) {
  members.keys.erase(client_id->own_key());
  auto pair = testing::connect_pair(io);
  pair.server.non_blocking(true);
  pair.client.non_blocking(true);
  auto s = secure(std::move(pair.server), *server_tls, socket_tls::side::server);
  auto c = secure(std::move(pair.client), *client_tls, socket_tls::side::client);
  expect_key(c.tls->native_handle(), server_id->own_key());
  auto state = socket_tls::state::wants_read;
  for (int turn = 0; turn < 10 && state != socket_tls::state::done; ++turn) {
    state = c.tls->shake_hands();
    s.tls->shake_hands();
  }
  ASSERT_EQ(state, socket_tls::state::done) << "a client knows only later";
  s.tls->shake_hands();
  make(client, std::move(c), {.self = client_id->own_key(), .peer = server_id->own_key(), .is_dialled = true}, {});
  client.pump->start();
  run_until(io, [&] { return client.is_closed; });
  EXPECT_EQ(client.why, "it does not accept our key: to it we are no member of its mesh");
  EXPECT_EQ(client.fd, -1);
}

TEST_F(LinkPump, ALinkThatIsClosedBeforeItOpensLeavesNoDescriptor) {
  connect({});
  const int before = ::dup(0);
  ::close(before);
  client.pump->start();
  client.pump->close();
  server.pump->close();
  client.pump.reset();
  server.pump.reset();
  io.restart();
  io.poll();
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(client.fd, -1);
  EXPECT_LE(after, before - 2) << "two sockets and two pairs are free again";
}

TEST(WaitingBytes, KnowsSinceWhenTheOldestByteWaits) {
  waiting_bytes w;
  const instant t0{seconds(100)};
  EXPECT_EQ(w.since(), instant::max());
  w.append("abc", t0);
  w.append("def", t0 + milliseconds(50));   // come together
  w.append("ghi", t0 + milliseconds(500));
  EXPECT_EQ(w.since(), t0);
  w.consume(4);
  EXPECT_EQ(w.view(), "efghi");
  EXPECT_EQ(w.since(), t0);
  w.consume(2);
  EXPECT_EQ(w.since(), t0 + milliseconds(500));
  w.consume(3);
  EXPECT_TRUE(w.empty());
  EXPECT_EQ(w.since(), instant::max());
}

}  // namespace
}  // namespace edgemesh::net
