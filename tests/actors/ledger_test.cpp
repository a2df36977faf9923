// The ledger: a thread of its own over a store in memory, told by this thread as a shard would.
#include "actors/accounts/ledger_actor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <future>

#include "actors/runtime/house_config.hpp"
#include "base/log.hpp"
#include "tests/actors/mesh_nodes.hpp"
#include "tests/support/memory_store.hpp"

namespace edgemesh::actors {
namespace {

using ::testing::HasSubstr;
const wall_time noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29) + std::chrono::hours(12);

usage_record record(int n) {
  usage_record r;
  r.charge_id = "ch-" + std::to_string(n);
  r.settled_ms = std::chrono::duration_cast<milliseconds>(noon.time_since_epoch()).count();
  r.key = "k";
  r.model = "m";
  r.status = 200;
  usage_attempt a;
  a.backend = "gpu";
  a.usage = {10, 20, 0, 0, usage_source::upstream};
  a.is_charged = true;
  r.attempts.push_back(a);
  return r;
}

class Ledger : public ::testing::Test {
 protected:
  Ledger() : system_(config_) {
    log::configure(log::level::off, log::format::text);
    shard_.start();
    begin();
  }
  ~Ledger() override { end(); }
  void begin() {
    ledger_deps d{disk_, *store::usage_book::open(*disk_), *store::audit_log::open(*disk_), shared_, [] { return noon; }, [this] { return free_.load(); }};
    d.reserve_bytes = 1000;
    d.sync = milliseconds(10);
    ledger_ = spawn_ledger(system_, std::move(d));
  }
  void end() {
    if (!ledger_) return;
    caf::anon_send(ledger_, ledger_ends{});
    ledger_ = ledger_actor();
    system_.await_all_actors_done();
  }
  /// As a shard does it.
  void keep(int n) {
    shared_.waiting.fetch_add(1);
    caf::anon_send(ledger_, usage_arrived{record(n), {&shard_, [this](bool is_kept) { ++(is_kept ? kept_ : refused_); }}});
  }
  std::int64_t requests_counted() {
    auto book = *store::usage_book::open(*disk_);
    std::int64_t n = 0;
    EXPECT_TRUE(book.rows(usage_interval::day, 0, INT64_MAX / 2000, [&](std::int64_t, const usage_row& row) { return n += row.counts.requests, true; }));
    return n;
  }
  std::string asked(auto message) {
    std::promise<http::admin_answer> p;
    message.reply = reply_slot<http::admin_answer>([&](auto a) { p.set_value(a.value_or(http::admin_answer{599, ""})); });
    caf::anon_send(ledger_, std::move(message));
    return p.get_future().get().body;
  }

  std::shared_ptr<testing::memory_store> disk_ = std::make_shared<testing::memory_store>();
  accounts_shared shared_;
  std::atomic<std::int64_t> free_{1'000'000};
  std::atomic<int> kept_{0}, refused_{0};
  house_config config_;
  caf::actor_system system_;
  event_loop shard_;
  ledger_actor ledger_;
};

TEST_F(Ledger, WhatIsKeptIsOnDiskBeforeItIsSaid) {
  for (int i = 0; i < 100; ++i) keep(i);
  ASSERT_TRUE(eventually([&] { return kept_ == 100; }));
  EXPECT_EQ(disk_->count(store::family::usage), 100u);
  EXPECT_EQ(shared_.waiting, 0);
  EXPECT_EQ(shared_.records, 100u);
  EXPECT_LT(disk_->writes(), 100) << "what comes together is written together";
}

TEST_F(Ledger, ADiskThatFailsRefusesAndIsTriedAgain) {
  disk_->fail(true);
  keep(1);
  ASSERT_TRUE(eventually([&] { return refused_ == 1; }));
  EXPECT_TRUE(shared_.is_closed);
  EXPECT_EQ(shared_.failures, 1u);
  disk_->fail(false);
  ASSERT_TRUE(eventually([&] { return !shared_.is_closed; }));
  keep(2);
  ASSERT_TRUE(eventually([&] { return kept_ == 1; }));
  end();
  EXPECT_EQ(requests_counted(), 1) << "what was refused is not counted";
}

TEST_F(Ledger, ADiskWithLittleRoomClosesTheAccountsUntilThereIsMore) {
  free_ = 999;
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  free_ = 1000;
  ASSERT_TRUE(eventually([&] { return !shared_.is_closed; }));
}

TEST_F(Ledger, LossOfPowerLosesWhatWasNotSyncedAndCountsTheRestOnce) {
  for (int i = 0; i < 10; ++i) keep(i);
  ASSERT_TRUE(eventually([&] { return kept_ == 10; }));
  ASSERT_TRUE(eventually([&] {
    auto copy = *disk_->get(store::family::node, "usage.included");
    return copy.has_value();
  })) << "rows were written and synced";
  for (int i = 10; i < 15; ++i) keep(i);
  ASSERT_TRUE(eventually([&] { return kept_ == 15; }));
  end();
  disk_->lose_power();
  EXPECT_EQ(requests_counted(), 15) << "an end in order syncs everything";
}

TEST_F(Ledger, ManyAlikeRefusalsAreOneEntry) {
  for (int i = 0; i < 500; ++i) caf::anon_send(ledger_, turned_away{"k", "chat", "rate_limit_exceeded"});
  ASSERT_TRUE(eventually([&] { return asked(audit_asked{}).find("rate_limit_exceeded") != std::string::npos; }));
  EXPECT_LT(disk_->count(store::family::audit), 5u);
}

TEST_F(Ledger, AChangeAndItsEntryAreSyncedBeforeTheyAreAcknowledged) {
  std::promise<bool> p;
  caf::anon_send(ledger_, policy_changed{{{store::family::policy, "kx", "body"}}, {{0, 0, "local", "key.create", "x", "ok", {}}},
                                         reply_slot<bool>([&](std::optional<bool> kept) { p.set_value(kept.value_or(false)); })});
  EXPECT_TRUE(p.get_future().get());
  disk_->lose_power();
  EXPECT_EQ(disk_->count(store::family::policy), 1u);
  EXPECT_EQ(disk_->count(store::family::audit), 1u);
  EXPECT_THAT(asked(audit_asked{}), HasSubstr("key.create"));
}

TEST_F(Ledger, ANewBudgetKnowsWhatWasSpentBefore) {
  keep(1), keep(2);
  ASSERT_TRUE(eventually([&] { return kept_ == 2; }));
  accounts::ring_builder::fresh_spending fresh{{accounts::subject_kind::key, "k"}, {1000, budget_unit::tokens, budget_period::day}, std::make_shared<admission::spending>()};
  caf::anon_send(ledger_, spending_unknown{{{fresh, {}}}});
  EXPECT_TRUE(eventually([&] { return fresh.spent->spent() == 60; }));
}

TEST_F(Ledger, TheEndWritesWhatCameBeforeIt) {
  for (int i = 0; i < 50; ++i) keep(i);
  end();
  EXPECT_EQ(requests_counted(), 50);
}

}  // namespace
}  // namespace edgemesh::actors
