// Links over BASP between actor systems of this process, each with a middleman and a loop of its own, over socket pairs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/all.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "actors/mesh/basp_link.hpp"
#include "actors/mesh/own_middleman.hpp"
#include "actors/runtime/event_loop.hpp"
#include "actors/runtime/house_config.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {
namespace {

node_key key_of(std::uint8_t n) {
  node_key k;
  k.bytes.fill(n);
  return k;
}

/// What the links of one node have said, in order; any thread.
class event_log {
 public:
  void add(std::string what) {
    const std::lock_guard guard(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::string next(milliseconds patience = milliseconds(5000)) {
    std::unique_lock guard(mutex_);
    if (!changed_.wait_for(guard, patience, [&] { return !all_.empty(); })) return "nothing";
    auto first = std::move(all_.front());
    all_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> all_;
};

/// An actor system that takes part in a mesh, taken down in the order that the node uses.
struct peer_node {
  explicit peer_node(const node_key& self) : key(self), config(self), system(config), unit(system, loop.io()) { loop.start(); }
  ~peer_node() {
    system.await_all_actors_done();
    loop.stop();
  }
  link_actor open(const node_key& peer, bool is_dialled, int descriptor, milliseconds opening_max = milliseconds(5000)) {
    link_ports ports;
    ports.opened = [this, is_dialled] {
      events.add("opened");
      return is_dialled ? "hello" : "hello back";
    };
    ports.arrived = [this](const std::string& bytes) {
      events.add(bytes.size() > 100 ? std::to_string(bytes.size()) : bytes);
      return heard{bytes == "how are you" ? "well" : "", bytes == "go away" ? "it was told to go" : ""};
    };
    ports.ended = [this](const std::string&) { events.add("ended"); };
    return spawn_link({system, &unit}, {peer, {}, is_dialled, descriptor, std::move(ports), opening_max});
  }
  node_key key;
  event_loop loop;
  event_log events;
  house_config config;
  caf::actor_system system;
  core_unit unit;
};

/// Two nodes and the wire between them, which a test can cut: bytes are passed on by two threads of the test.
class BaspLink : public ::testing::Test {
 protected:
  BaspLink() { log::configure(log::level::off, log::format::text); }
  /// A pair of connected sockets that do not block.
  static std::array<int, 2> pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()), 0);
    return fds;
  }
  /// Opens a link that `a` dials. The returned descriptor is a copy of `a`'s end: shutting it down cuts the wire.
  int link_up(peer_node& a, peer_node& b) {
    const auto fds = pair();
    const int cutter = ::fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    accepted = b.open(a.key, false, fds[1]);
    char byte = 0;
    while (::recv(cutter, &byte, 1, MSG_PEEK) != 1) std::this_thread::yield();
    dialled = a.open(b.key, true, fds[0]);
    return cutter;
  }
  /// Both have each other, and have said hello.
  static void met(peer_node& dialler, peer_node& acceptor) {
    EXPECT_EQ(dialler.events.next(), "opened");
    EXPECT_EQ(acceptor.events.next(), "opened");
    EXPECT_EQ(acceptor.events.next(), "hello");
    EXPECT_EQ(dialler.events.next(), "hello back");
  }
  static void cut(int cutter) {
    ::shutdown(cutter, SHUT_RDWR);
    ::close(cutter);
  }
  link_actor dialled, accepted;
};

TEST_F(BaspLink, CarriesFramesBothWays) {
  peer_node a(key_of(1)), b(key_of(2));
  const int wire = link_up(a, b);
  met(a, b);
  caf::anon_send(dialled, send_frame{"how are you"});
  EXPECT_EQ(b.events.next(), "how are you");
  EXPECT_EQ(a.events.next(), "well");
  caf::anon_send(accepted, send_frame{std::string(64u << 10, 'x')});
  EXPECT_EQ(a.events.next(), "65536");
  cut(wire);
  EXPECT_EQ(a.events.next(), "ended");
  EXPECT_EQ(b.events.next(), "ended");
}

TEST_F(BaspLink, TellsBothEndsWithin50MillisecondsOfACut) {
  peer_node a(key_of(1)), b(key_of(2));
  const int wire = link_up(a, b);
  met(a, b);
  const auto before = steady_clock::now();
  cut(wire);
  EXPECT_EQ(a.events.next(), "ended");
  EXPECT_EQ(b.events.next(), "ended");
  EXPECT_LT(steady_clock::now() - before, milliseconds(50));
}

TEST_F(BaspLink, OpensAgainAfterACut) {
  peer_node a(key_of(1)), b(key_of(2));
  for (int i = 0; i < 3; ++i) {
    const int wire = link_up(a, b);
    met(a, b);
    cut(wire);
    EXPECT_EQ(a.events.next(), "ended");
    EXPECT_EQ(b.events.next(), "ended");
  }
}

TEST_F(BaspLink, OpensFromEitherSide) {
  peer_node a(key_of(1)), b(key_of(2));
  const int wire = link_up(b, a);
  met(b, a);
  cut(wire);
  EXPECT_EQ(a.events.next(), "ended");
  EXPECT_EQ(b.events.next(), "ended");
}

TEST_F(BaspLink, EndsWhenTheOtherEndIsNotWhoTlsSaysItIs) {
  peer_node a(key_of(1)), b(key_of(2)), liar(key_of(3));
  const auto fds = pair();
  const auto at_b = b.open(a.key, false, fds[1]);  // the certificate said a
  char byte = 0;
  while (::recv(fds[0], &byte, 1, MSG_PEEK) != 1) std::this_thread::yield();
  const auto at_liar = liar.open(b.key, true, fds[0]);
  EXPECT_EQ(liar.events.next(), "opened");
  EXPECT_EQ(b.events.next(), "ended");
  caf::anon_send(at_liar, close_link{"the test is over"});
  EXPECT_EQ(liar.events.next(), "ended");
}

TEST_F(BaspLink, EndsWhenNobodyAnswersInTime) {
  peer_node a(key_of(1));
  const auto fds = pair();
  const auto alone = a.open(key_of(2), false, fds[0], milliseconds(30));
  EXPECT_EQ(a.events.next(), "ended");
  ::close(fds[1]);
}

TEST_F(BaspLink, EndsWhenAFrameIsNotWanted) {
  peer_node a(key_of(1)), b(key_of(2));
  const int wire = link_up(a, b);
  met(a, b);
  caf::anon_send(dialled, send_frame{"go away"});
  EXPECT_EQ(b.events.next(), "go away");
  EXPECT_EQ(b.events.next(), "ended");
  EXPECT_EQ(a.events.next(), "ended");  // its actor there is gone
  cut(wire);
}

TEST(OwnMiddleman, GivesEveryStartItsOwnNodeId) {
  peer_node first(key_of(1)), second(key_of(1));  // one process, one machine, even one key
  EXPECT_NE(first.system.node(), second.system.node());
  EXPECT_TRUE(belongs_to(first.system.node(), key_of(1)));
  EXPECT_FALSE(belongs_to(first.system.node(), key_of(2)));
}

TEST(OwnMiddleman, LeavesNobodyToBeReachedByName) {
  peer_node node(key_of(1));
  EXPECT_EQ(node.system.registry().get(caf::atom("ConfigServ")), nullptr);
  EXPECT_EQ(node.system.registry().get(caf::atom("SpawnServ")), nullptr);
}

TEST(OwnMiddleman, IsNotThereOutsideAMesh) {
  house_config config;
  caf::actor_system system(config);
  EXPECT_FALSE(system.has_middleman());
}

}  // namespace
}  // namespace edgemesh::actors
