// Connections that others lend, over real TLS on loopback; the lender's end answers, or is silent, as the test says.
#include "http/lent_stash.hpp"

#include <gtest/gtest.h>

#include "net/mesh_identity.hpp"
#include "net/secure_random.hpp"
#include "tests/unit/net/mesh_fixture.hpp"

namespace edgemesh::http {
namespace {

using net::mesh_connection;
using net::socket_tls;
using tcp = boost::asio::ip::tcp;

/// What the node that lends has of a connection.
struct far_end {
  explicit far_end(mesh_connection c) : connection(std::move(c)) {}
  mesh_connection connection;
  std::string heard;
  bool has_ended = false;
  void listen() {
    socket_tls::state s{};
    char bytes[256];
    const auto n = connection.tls->read(bytes, sizeof bytes, s);
    heard.append(bytes, n);
    has_ended |= s == socket_tls::state::ended;
  }
  void say(std::string_view text) {
    socket_tls::state s{};
    connection.tls->write(text, s);
  }
  void close() { connection.socket.close(); }
};

class LentStash : public ::testing::Test {
 protected:
  LentStash() {
    members.keys = {own->own_key(), laptop->own_key(), phone->own_key(), next->own_key()};
    options.asked_every = milliseconds(300);
    options.answer_max = milliseconds(300);
    options.absence_max = milliseconds(200);
    options.unused_max = milliseconds(600);
  }
  lent_stash& stash() {
    if (!stash_) stash_.emplace(io, [this] { ++changes; }, options);
    return *stash_;
  }
  /// A connection whose near end is still in the test's hand.
  std::pair<mesh_connection, std::unique_ptr<far_end>> made(const net::shared_identity& lender) {
    auto pair = net::testing::connect_pair(io);
    pair.server.non_blocking(true);
    pair.client.non_blocking(true);
    auto st = std::make_unique<socket_tls>(server_tls->context(), pair.server);
    const auto client_tls = net::mesh_tls::make_client(*lender, members.gate(), net::mesh_protocol::lend);
    auto ct = std::make_unique<socket_tls>(client_tls->context(), pair.client, socket_tls::side::client);
    net::expect_key(ct->native_handle(), own->own_key());
    auto a = socket_tls::state::wants_read, b = a;
    for (int i = 0; i < 100000 && (a != socket_tls::state::done || b != socket_tls::state::done); ++i) {
      b = ct->shake_hands();
      a = st->shake_hands();
    }
    EXPECT_EQ(a, socket_tls::state::done);
    mesh_connection near(std::move(pair.server), std::move(st));
    near.peer = lender->own_key();
    near.protocol = net::mesh_protocol::lend;
    return {std::move(near), std::make_unique<far_end>(mesh_connection(std::move(pair.client), std::move(ct)))};
  }
  far_end& lend(const net::shared_identity& lender) {
    auto [near, far] = made(lender);
    stash().put(std::move(near));
    return *ends.emplace_back(std::move(far));
  }
  std::optional<mesh_connection> borrow(const net::shared_identity& lender, milliseconds patience = milliseconds(200)) {
    std::optional<std::optional<mesh_connection>> got;
    stash().borrow(lender->own_key(), patience, [&](std::optional<mesh_connection> c) { got.emplace(std::move(c)); });
    net::testing::run_until(io, [&] { return got.has_value(); });
    return std::move(*got);
  }
  void run_for(milliseconds time) {
    const auto end = steady_clock::now() + time;
    net::testing::run_until(io, [&] { return steady_clock::now() >= end; });
  }
  boost::asio::io_context io;
  net::testing::guest_list members;
  net::shared_identity own = net::make_identity(), laptop = net::make_identity(), phone = net::make_identity(), next = net::make_identity();
  std::shared_ptr<const net::mesh_tls> server_tls = net::mesh_tls::make_server(*own, members.gate(), {net::mesh_protocol::lend});
  lent_stash_options options;
  int changes = 0;
  std::vector<std::unique_ptr<far_end>> ends;
  std::optional<lent_stash> stash_;
};

TEST_F(LentStash, GivesOutWhatIsLentAndTakesItBack) {
  EXPECT_FALSE(stash().has(laptop->own_key()));
  auto& end = lend(laptop);
  EXPECT_TRUE(stash().has(laptop->own_key()));
  EXPECT_EQ(changes, 1);
  for (int i = 0; i < 3; ++i) {
    auto c = borrow(laptop);
    ASSERT_TRUE(c);
    EXPECT_EQ(stash().idle(laptop->own_key()), 0u);
    socket_tls::state s{};
    EXPECT_EQ(c->tls->write("ask", s), 3u);
    net::testing::run_until(io, [&] { return end.listen(), end.heard == "ask"; });
    end.heard.clear();
    stash().put(std::move(*c));
    EXPECT_EQ(stash().idle(laptop->own_key()), 1u);
  }
  EXPECT_EQ(stash().counts().used, 3u);
  EXPECT_EQ(stash().counts().lent, 1u);
}

TEST_F(LentStash, OfANodeThatLendsNoneThereIsNoneAtOnce) {
  lend(phone);
  const auto began = steady_clock::now();
  EXPECT_FALSE(borrow(laptop, seconds(5)));
  EXPECT_LT(steady_clock::now() - began, seconds(1));
}

TEST_F(LentStash, AWishWaitsForTheNextOneAndNotForEver) {
  lend(laptop);
  auto first = borrow(laptop);
  std::optional<mesh_connection> second;
  stash().borrow(laptop->own_key(), seconds(5), [&](std::optional<mesh_connection> c) {
    ASSERT_TRUE(c);
    second.emplace(std::move(*c));
  });
  EXPECT_FALSE(second);
  stash().put(std::move(*first));
  EXPECT_TRUE(second);
  EXPECT_FALSE(borrow(laptop, milliseconds(150)));
  EXPECT_EQ(stash().counts().waited_in_vain, 1u);
}

TEST_F(LentStash, WhatItsLenderClosesIsGone) {
  lend(laptop).close();
  net::testing::run_until(io, [&] { return stash().idle(laptop->own_key()) == 0; });
  net::testing::run_until(io, [&] { return !stash().has(laptop->own_key()); });
  EXPECT_EQ(changes, 2);
}

TEST_F(LentStash, ANodeWhoseConnectionsAreAllInUseIsStillALender) {
  lend(laptop);
  auto c = borrow(laptop);
  run_for(milliseconds(500));
  EXPECT_TRUE(stash().has(laptop->own_key()));
  c.reset();
  net::testing::run_until(io, [&] { return !stash().has(laptop->own_key()); });
}

TEST_F(LentStash, AnIdleOneIsAskedWhetherItLives) {
  auto& end = lend(laptop);
  for (int i = 0; i < 2; ++i) {
    net::testing::run_until(io, [&] { return end.listen(), end.heard.ends_with("\r\n\r\n"); });
    EXPECT_TRUE(end.heard.starts_with("HEAD /healthz HTTP/1.1\r\n")) << end.heard;
    end.heard.clear();
    end.say("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n");
  }
  run_for(milliseconds(100));
  EXPECT_EQ(stash().idle(laptop->own_key()), 1u);
  EXPECT_TRUE(borrow(laptop));
}

TEST_F(LentStash, ASilentOneIsFoundOutAndClosed) {
  auto& end = lend(laptop);
  net::testing::run_until(io, [&] { return stash().idle(laptop->own_key()) == 0; });
  EXPECT_EQ(stash().counts().silent, 1u);
  net::testing::run_until(io, [&] { return end.listen(), end.has_ended; });
}

TEST_F(LentStash, OneThatIsBeingAskedIsNotGivenOutBeforeItHasAnswered) {
  auto& end = lend(laptop);
  net::testing::run_until(io, [&] { return end.listen(), !end.heard.empty(); });
  std::optional<mesh_connection> got;
  stash().borrow(laptop->own_key(), seconds(5), [&](std::optional<mesh_connection> c) {
    if (c) got.emplace(std::move(*c));
  });
  EXPECT_FALSE(got);
  end.say("HTTP/1.1 200 OK\r\n\r\n");
  net::testing::run_until(io, [&] { return got.has_value(); });
}

TEST_F(LentStash, WhoeverSaysWhatHeWasNotAskedOrRefusesIsOut) {
  lend(laptop).say("HTTP/1.1 200 OK\r\n\r\n");
  net::testing::run_until(io, [&] { return stash().idle(laptop->own_key()) == 0; });
  for (const std::string_view answer : {"HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", "garbage\r\n\r\n"}) {
    auto& end = lend(laptop);
    net::testing::run_until(io, [&] { return end.listen(), !end.heard.empty(); });
    end.say(answer);
    net::testing::run_until(io, [&] { return stash().idle(laptop->own_key()) == 0; });
  }
}

TEST_F(LentStash, WhatNobodyNeedsAnyMoreIsClosedDownToTheSpares) {
  for (int i = 0; i < 6; ++i) lend(laptop);
  const auto answer_all = [&] {
    for (auto& e : ends) {
      e->listen();
      if (std::exchange(e->heard, {}).ends_with("\r\n\r\n")) e->say("HTTP/1.1 200 OK\r\n\r\n");
    }
  };
  net::testing::run_until(io, [&] { return answer_all(), stash().idle(laptop->own_key()) == 2; });
  const auto end = steady_clock::now() + milliseconds(700);
  net::testing::run_until(io, [&] { return answer_all(), steady_clock::now() > end; });
  EXPECT_EQ(stash().idle(laptop->own_key()), 2u);
}

TEST_F(LentStash, NobodyLendsMoreThanItsBound) {
  options.idle_per_lender_max = 3;
  options.asked_every = seconds(60);
  options.unused_max = seconds(60);
  for (int i = 0; i < 5; ++i) lend(laptop);
  lend(phone);
  EXPECT_EQ(stash().idle(laptop->own_key()), 3u);
  EXPECT_EQ(stash().idle(phone->own_key()), 1u);
  EXPECT_EQ(stash().counts().refused, 2u);
}

TEST_F(LentStash, AnEvictedNodesConnectionsAreClosedAlsoThoseThatComeBackLater) {
  auto& end = lend(laptop);
  lend(laptop);
  lend(phone);
  auto in_use = borrow(laptop);
  stash().keep_only({phone->own_key()});
  EXPECT_FALSE(stash().has(laptop->own_key()));
  EXPECT_TRUE(stash().has(phone->own_key()));
  net::testing::run_until(io, [&] { return end.listen(), end.has_ended; });
  stash().put(std::move(*in_use));
  EXPECT_FALSE(stash().has(laptop->own_key()));
  EXPECT_EQ(stash().counts().refused, 1u);
}

TEST_F(LentStash, AfterAChangeOfTheOwnKeyNothingOlderIsUsedAndAWishWaitsForWhatIsLentAnew) {
  auto& end = lend(laptop);
  lend(laptop);
  auto in_use = borrow(laptop);
  stash().renew();
  EXPECT_EQ(stash().idle(laptop->own_key()), 0u);
  EXPECT_TRUE(stash().has(laptop->own_key()));
  std::optional<mesh_connection> got;
  stash().borrow(laptop->own_key(), seconds(5), [&](std::optional<mesh_connection> c) {
    if (c) got.emplace(std::move(*c));
  });
  net::testing::run_until(io, [&] { return end.listen(), end.has_ended; });
  stash().put(std::move(*in_use));
  EXPECT_FALSE(got) << "it was opened to the former key";
  lend(laptop);
  EXPECT_TRUE(got);
}

TEST_F(LentStash, WhatANodeLentUnderItsNextKeyStaysWhenThatKeyFollows) {
  auto& old_end = lend(laptop);
  lend(laptop);
  auto [near, far] = made(next);
  near.peer = laptop->own_key();
  near.shown = next->own_key();
  stash().put(std::move(near));
  ends.push_back(std::move(far));
  auto of_next = borrow(laptop), of_former = borrow(laptop);
  ASSERT_TRUE(of_next && of_next->shown && of_former && !of_former->shown);
  stash().follow(laptop->own_key(), next->own_key());
  stash().keep_only({next->own_key()});
  EXPECT_EQ(changes, 1) << "it lends all the time";
  EXPECT_TRUE(stash().has(next->own_key()) && stash().has(laptop->own_key())) << "whoever has not heard of the change asks by the former key";
  net::testing::run_until(io, [&] { return old_end.listen(), old_end.has_ended; });
  std::optional<mesh_connection> got;
  stash().borrow(laptop->own_key(), seconds(5), [&](std::optional<mesh_connection> c) {
    if (c) got.emplace(std::move(*c));
  });
  stash().put(std::move(*of_former));
  EXPECT_FALSE(got) << "nothing begins on what was lent under the former key";
  stash().put(std::move(*of_next));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->peer, next->own_key());
  stash().put(std::move(*got));
  EXPECT_EQ(stash().idle(next->own_key()), 1u);
  stash().keep_only({});
  EXPECT_FALSE(stash().has(laptop->own_key()));
}

TEST_F(LentStash, WishesOutliveAKeyThatFollows) {
  lend(laptop);
  auto in_use = borrow(laptop);
  std::optional<mesh_connection> got;
  stash().borrow(laptop->own_key(), seconds(5), [&](std::optional<mesh_connection> c) {
    if (c) got.emplace(std::move(*c));
  });
  stash().follow(laptop->own_key(), next->own_key());
  stash().keep_only({next->own_key()});
  stash().put(std::move(*in_use));
  EXPECT_FALSE(got);
  lend(next);
  EXPECT_TRUE(got);
}

TEST_F(LentStash, StoppingAnswersWhoWaits) {
  lend(laptop);
  auto in_use = borrow(laptop);
  bool has_answer = false;
  stash().borrow(laptop->own_key(), seconds(60), [&](std::optional<mesh_connection> c) {
    has_answer = true;
    EXPECT_FALSE(c);
  });
  stash().stop();
  EXPECT_TRUE(has_answer);
  stash().put(std::move(*in_use));
  EXPECT_FALSE(borrow(laptop));
}

}  // namespace
}  // namespace edgemesh::http
