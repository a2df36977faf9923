// The runtime on real loops: actors that live on one, what ends them, and replies.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <caf/all.hpp>
#include <future>

#include "actors/runtime/event_loop.hpp"
#include "actors/runtime/house_config.hpp"
#include "actors/runtime/reply_slot.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "actors/session_state.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {
namespace {

namespace asio = boost::asio;

TEST(ReplySlot, AnswersOnceWithTheFirstValue) {
  std::vector<std::optional<int>> got;
  {
    const reply_slot<int> slot([&](std::optional<int> v) { got.push_back(v); });
    const auto copy = slot;
    slot.complete(1);
    copy.complete(2);
  }
  EXPECT_EQ(got, (std::vector<std::optional<int>>{1}));
}

TEST(ReplySlot, SaysSoWhenNobodyAnswers) {
  std::vector<std::optional<int>> got;
  {
    const reply_slot<int> slot([&](std::optional<int> v) { got.push_back(v); });
    const auto copy = slot;
  }
  EXPECT_EQ(got, (std::vector<std::optional<int>>{std::nullopt}));
}

TEST(ReplySlot, AnEmptyOneTakesAnswersSilently) { reply_slot<int>().complete(1); }

TEST(ReplySlot, TheLastOneOutIsTold) {
  int calls = 0;
  auto a = when_all_gone([&] { ++calls; });
  EXPECT_TRUE(a);
  auto b = a;
  a.reset();
  EXPECT_EQ(calls, 0);
  b.reset();
  EXPECT_EQ(calls, 1);
}

/// A loop with an actor system, taken down in the order that node.cpp uses.
class Hosting : public ::testing::Test {
 protected:
  Hosting() : system(config), unit(system, loop.io()) {
    log::configure(log::level::off, log::format::text);
    loop.start();
  }
  ~Hosting() override {
    system.await_all_actors_done();
    loop.stop();
  }
  template <class F>
  auto on_loop(F f) {
    std::promise<std::invoke_result_t<F>> p;
    loop.post([&] { p.set_value(f()); });
    return p.get_future().get();
  }
  event_loop loop;
  house_config config;
  caf::actor_system system;
  core_unit unit;
};

TEST_F(Hosting, AnActorRunsOnItsLoopWhoeverSends) {
  auto link = std::make_shared<http::session_link>();
  std::promise<std::thread::id> ran;
  link->stop.slot().assign([&](asio::cancellation_type) { ran.set_value(std::this_thread::get_id()); });
  const auto actor = spawn_session({system, &unit}, {link});
  caf::anon_send(actor, cancel_session{});  // from this thread
  const auto where = ran.get_future().get();
  EXPECT_EQ(where, on_loop([] { return std::this_thread::get_id(); }));
  on_loop([&] { return link->over = true; });
  caf::anon_send(actor, session_ended{});
}

/// A session as http/server makes it: coroutine and actor share a link; the completion handler holds the actor.
struct running_session {
  std::shared_ptr<http::session_link> link = std::make_shared<http::session_link>();
  session_actor actor;
};

asio::awaitable<void> wait_for_ever(asio::io_context& io) {
  asio::steady_timer timer(io, std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
}

class HostedSessions : public Hosting {
 protected:
  running_session open() {
    running_session s;
    s.actor = spawn_session({system, &unit}, {s.link});
    asio::co_spawn(loop.io(), wait_for_ever(loop.io()),
                   asio::bind_cancellation_slot(s.link->stop.slot(), [this, link = s.link, actor = s.actor](std::exception_ptr) {
                     link->over = true;
                     ++ended;
                     caf::anon_send(actor, session_ended{});
                   }));
    return s;
  }
  std::atomic<int> ended{0};
};

TEST_F(HostedSessions, CancelExitAndKillEndEverySessionOnce) {
  constexpr int count = 300;
  for (int i = 0; i < count; ++i) {
    const auto s = on_loop([&] { return open(); });
    if (i % 3 == 0) caf::anon_send(s.actor, cancel_session{});
    if (i % 3 == 1) caf::anon_send_exit(s.actor, caf::exit_reason::user_shutdown);
    if (i % 3 == 2) caf::anon_send_exit(s.actor, caf::exit_reason::kill);
  }
  system.await_all_actors_done();
  // A killed actor is gone before its coroutine has seen the signal.
  for (int i = 0; i < 1000 && ended < count; ++i) on_loop([] { return 0; });
  EXPECT_EQ(ended, count);
}

TEST_F(HostedSessions, ASystemEndsUnderLoad) {
  std::vector<session_actor> actors;
  on_loop([&] {
    for (int i = 0; i < 500; ++i) actors.push_back(open().actor);
    return 0;
  });
  for (const auto& a : actors) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  actors.clear();
  system.await_all_actors_done();
  EXPECT_EQ(ended, 500);
}

}  // namespace
}  // namespace edgemesh::actors
