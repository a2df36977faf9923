#include "net/connection_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <list>

namespace edgemesh::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class ConnectionPool : public ::testing::Test {
 protected:
  ConnectionPool() {
    target.url.authority = {"127.0.0.1", acceptor.local_endpoint().port()};
    target.addresses = {{*parse_ip("127.0.0.1"), acceptor.local_endpoint().port()}};
  }
  /// A new connection; its other end is `theirs.back()`.
  std::unique_ptr<upstream_connection> dial() {
    auto made = std::make_unique<upstream_connection>(io.get_executor());
    std::optional<boost::system::error_code> connected;
    asio::co_spawn(
        io, [&]() -> asio::awaitable<void> { connected = co_await made->connect(target); }, asio::detached);
    theirs.emplace_back(io);
    bool accepted = false;
    acceptor.async_accept(theirs.back(), [&](boost::system::error_code ec) { accepted = !ec; });
    io.restart();
    while ((!connected || !accepted) && io.run_one() > 0) {
    }
    EXPECT_TRUE(connected && !*connected && accepted);
    return made;
  }
  /// The kernel's loopback needs a moment to carry what the other end did.
  static bool becomes_unusable(upstream_connection& connection) {
    for (const auto end = steady_clock::now() + seconds(5); steady_clock::now() < end;)
      if (!connection.is_reusable()) return true;
    return false;
  }

  asio::io_context io;
  ticker ticks{io, milliseconds(1)};
  tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
  upstream_target target;
  std::list<tcp::socket> theirs;
};

TEST_F(ConnectionPool, GivesBackTheOneThatWasUsedLast) {
  connection_pool pool(ticks);
  auto first = dial(), second = dial();
  auto* const last = second.get();
  pool.give_back(1, std::move(first), steady_clock::now());
  pool.give_back(1, std::move(second), steady_clock::now());
  EXPECT_EQ(pool.size(), 2u);
  EXPECT_EQ(pool.take(1).get(), last);
  EXPECT_EQ(pool.size(), 1u);
}

TEST_F(ConnectionPool, KeysAreApart) {
  connection_pool pool(ticks);
  pool.give_back(1, dial(), steady_clock::now());
  EXPECT_EQ(pool.take(2), nullptr);
  EXPECT_NE(pool.take(1), nullptr);
  EXPECT_EQ(pool.take(1), nullptr);
}

TEST_F(ConnectionPool, Case68AConnectionThatTheBackendClosedIsNotGivenOut) {
  connection_pool pool(ticks);
  auto alive = dial();
  auto* const usable = alive.get();
  auto dead = dial();
  pool.give_back(1, std::move(alive), steady_clock::now());
  theirs.back().close();
  ASSERT_TRUE(becomes_unusable(*dead));
  pool.give_back(1, std::move(dead), steady_clock::now());
  EXPECT_EQ(pool.take(1).get(), usable);
  EXPECT_EQ(pool.size(), 0u);
}

TEST_F(ConnectionPool, AConnectionOnWhichSomethingUnaskedCameIsNotGivenOut) {
  connection_pool pool(ticks);
  auto chatty = dial();
  asio::write(theirs.back(), asio::buffer("HTTP/1.1 408 Request Timeout\r\n\r\n", 32));
  ASSERT_TRUE(becomes_unusable(*chatty));
  pool.give_back(1, std::move(chatty), steady_clock::now());
  EXPECT_EQ(pool.take(1), nullptr);
}

TEST_F(ConnectionPool, IsBounded) {
  connection_pool pool(ticks, {.idle_per_target_max = 2, .idle_max = 3, .idle_time = seconds(30)});
  for (int i = 0; i < 3; ++i) pool.give_back(1, dial(), steady_clock::now());
  EXPECT_EQ(pool.size(), 2u);
  for (int i = 0; i < 3; ++i) pool.give_back(2, dial(), steady_clock::now());
  EXPECT_EQ(pool.size(), 3u);
}

TEST_F(ConnectionPool, ForgetsWhatNobodyUsed) {
  connection_pool pool(ticks, {.idle_per_target_max = 8, .idle_max = 8, .idle_time = milliseconds(1)});
  pool.give_back(1, dial(), steady_clock::now());
  pool.give_back(2, dial(), steady_clock::now() + seconds(60));
  io.restart();
  while (pool.size() > 1 && io.run_one() > 0) {
  }
  EXPECT_EQ(pool.take(1), nullptr);
  EXPECT_NE(pool.take(2), nullptr);
}

}  // namespace
}  // namespace edgemesh::net
