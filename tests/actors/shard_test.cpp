// Shards on their real loops: the door of HTTP code to the actors, and questions to all of them.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <caf/all.hpp>
#include <future>

#include "actors/drain.hpp"
#include "actors/runtime/house_config.hpp"
#include "actors/shard_set.hpp"
#include "base/log.hpp"
#include "tests/support/memory_file.hpp"

namespace edgemesh::actors {
namespace {

using tcp = boost::asio::ip::tcp;

class Shards : public ::testing::Test {
 protected:
  Shards() : shards(2, shared, 100), system(config) {
    log::configure(log::level::off, log::format::text);
    keeper = system.spawn(
        [](keeper_actor::pointer, Shards* me) -> keeper_actor::behavior_type {
          return {[](const backends_configured&) {}, [](const endpoints_found&) {}, [](const addresses_known&) {},
                  [](const backend_recovered&) {},   [](const backend_vanished&) {},
                  [me](const model_missed& m) {
                    ++me->misses;
                    if (me->answers_misses) m.reply.complete(true);
                    else me->held = m.reply;
                  },
                  [](look_ended) {},                 [](routes_flushed) {},
                  [me](const tell_backend& m) { me->reported.set_value(m.backend + ":" + std::string(name_of(m.report.outcome.cause))); },
                  [](const ask_backend&) {}};
        },
        this);
    auto options = std::make_shared<http::gateway_options>();
    options->connections_max = 2;
    for (auto& s : shards) {
      s->attach(system, keeper);
      s->listen(tcp::acceptor(s->loop().io(), tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)));
      s->start(std::make_shared<const routing::route_table>(), options);
    }
    control.start();
  }
  ~Shards() override {
    shards.tell_all([](shard& s) { s.end_sessions(); });
    caf::anon_send_exit(keeper, caf::exit_reason::kill);
    keeper = keeper_actor();
    system.await_all_actors_done();
    held = {};
    control.stop();
    for (auto& s : shards) s->stop();
  }
  template <class F>
  auto on(shard& s, F f) {
    std::promise<std::invoke_result_t<F>> p;
    s.post([&] { p.set_value(f()); });
    return p.get_future().get();
  }
  template <class Ask>
  auto ask(Ask f) {
    using part = std::invoke_result_t<Ask, shard&>;
    std::promise<std::vector<part>> p;
    control.post([&] { shards.ask_all(control.io(), f, [&](std::vector<part> all) { p.set_value(std::move(all)); }); });
    return p.get_future().get();
  }

  node_shared shared{1u << 20};
  event_loop control;
  shard_set shards;
  house_config config;
  caf::actor_system system;
  keeper_actor keeper;
  std::atomic<int> misses{0};
  bool answers_misses = true;
  reply_slot<bool> held;
  std::promise<std::string> reported;
};

TEST_F(Shards, AQuestionGetsTheAnswersOfAllInOrder) {
  on(shards[1], [&] {
    request_record r;
    r.id = "x";
    shards[1].request_finished(std::move(r));
    return 0;
  });
  const auto sizes = ask([](shard& s) { return s.finished().size(); });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(shared.requests, 1u);
}

TEST_F(Shards, ConnectionsAreCountedOverAllShards) {
  EXPECT_TRUE(on(shards[0], [&] { return shards[0].connection_opened(); }));
  EXPECT_TRUE(on(shards[1], [&] { return shards[1].connection_opened(); }));
  EXPECT_FALSE(on(shards[1], [&] { return shards[1].connection_opened(); }));
  on(shards[0], [&] { return shards[0].connection_closed(), 0; });
  EXPECT_TRUE(on(shards[1], [&] { return shards[1].connection_opened(); }));
}

TEST_F(Shards, MissesOfOneModelShareASearch) {
  std::promise<void> all;
  std::atomic<int> done{0};
  on(shards[0], [&] {
    for (int i = 0; i < 3; ++i)
      shards[0].model_missed("m", [&] {
        if (++done == 3) all.set_value();
      });
    return 0;
  });
  all.get_future().wait();
  EXPECT_EQ(misses, 1);
}

TEST_F(Shards, ASearchIsGivenUpAfterTwoSeconds) {
  answers_misses = false;
  std::promise<void> over;
  const auto begin = steady_clock::now();
  on(shards[0], [&] { return shards[0].model_missed("m", [&] { over.set_value(); }), 0; });
  over.get_future().wait();
  EXPECT_GE(steady_clock::now() - begin, milliseconds(1900));
  EXPECT_LE(steady_clock::now() - begin, seconds(10));
}

TEST_F(Shards, OutcomesReachTheBackendsActor) {
  on(shards[0], [&] {
    http::attempt_outcome o;
    o.backend = "box";
    o.cause = attempt_cause::reset;
    shards[0].attempt_ended(std::move(o));
    return 0;
  });
  EXPECT_EQ(reported.get_future().get(), "box:reset");
}

TEST_F(Shards, AJournalThatFillsRefusesNewRequestsBeforeItLosesWhatRunningOnesUse) {
  auto journals = testing::journals_in_memory(1, 4096);
  accounts_shared accounts;
  on(shards[0], [&] { return shards[0].use_ledger(ledger_actor(), accounts, journals[0]), true; });
  usage_record record;
  record.charge_id = "ch-1";
  int until_refused = 0, until_lost = 0;
  on(shards[0], [&] {
    for (; shards[0].keeps_accounts(); ++until_refused) EXPECT_TRUE(shards[0].keep_usage(record));
    for (; shards[0].keep_usage(record); ++until_lost) {}
    return true;
  });
  EXPECT_GT(until_refused, 10);
  EXPECT_GT(until_lost, until_refused / 4) << "a quarter is left for what runs";
  EXPECT_EQ(accounts.records, static_cast<std::uint64_t>(until_refused + until_lost));
  EXPECT_EQ(journals.waiting(), static_cast<std::uint64_t>(until_refused + until_lost));
  EXPECT_EQ(accounts.failures, 1u);
  journals[0].forget(journals[0].read(1000, [](std::string_view) {}));  // as the ledger does
  EXPECT_TRUE(on(shards[0], [&] { return shards[0].keeps_accounts() && shards[0].keep_usage(record); }));
}

TEST_F(Shards, ASessionIsSeenCancelledAndForgotten) {
  auto link = std::make_shared<http::session_link>();
  link->view.id = "s-0-1";
  std::promise<void> stopped;
  std::function<void()> ended;
  on(shards[0], [&] {
    link->stop.slot().assign([&](boost::asio::cancellation_type) { stopped.set_value(); });
    ended = shards[0].session_opened(link);
    return 0;
  });
  EXPECT_EQ(ask([](shard& s) { return s.sessions().size(); })[0], 1u);
  EXPECT_EQ(ask([](shard& s) { return int{s.cancel_session_of("s-0-1")}; }), (std::vector<int>{1, 0}));
  stopped.get_future().wait();
  on(shards[0], [&] {
    link->over = true;
    ended();
    ended = nullptr;
    link->stop.slot().clear();
    return 0;
  });
  EXPECT_EQ(ask([](shard& s) { return s.session_count(); })[0], 0u);
}

TEST_F(Shards, DrainWaitsForBusySessionsAndThenEndsAll) {
  auto link = std::make_shared<http::session_link>();
  link->view.id = "s-0-1";
  link->view.busy = true;
  std::promise<void> stopped;
  std::function<void()> ended;
  on(shards[0], [&] {
    link->stop.slot().assign([&](boost::asio::cancellation_type) { stopped.set_value(); });
    ended = shards[0].session_opened(link);
    return 0;
  });
  std::promise<void> drained;
  std::optional<drain> d;
  control.post([&] {
    d.emplace(control.io(), shards, shared, [&] { drained.set_value(); });
    d->begin(seconds(30));
  });
  while (!on(shards[0], [&] { return link->draining; })) {
  }
  EXPECT_FALSE(on(shards[0], [&] { return shards[0].ready(); }));
  on(shards[0], [&] { return link->view.busy = false; });  // its request is over
  stopped.get_future().wait();
  on(shards[0], [&] {
    link->over = true;
    ended();
    ended = nullptr;
    link->stop.slot().clear();
    return 0;
  });
  drained.get_future().wait();
  control.stop();
}

}  // namespace
}  // namespace edgemesh::actors
