// The ledger: a thread of its own over a store in memory, told by this thread as a shard would.
#include "actors/accounts/ledger_actor.hpp"
#include "actors/accounts/spent_before.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <future>

#include "actors/runtime/house_config.hpp"
#include "base/log.hpp"
#include "proto/usage_codec.hpp"
#include "tests/actors/mesh_nodes.hpp"
#include "tests/support/memory_file.hpp"
#include "tests/support/memory_store.hpp"

namespace edgemesh::actors {
namespace {

using ::testing::HasSubstr;
const wall_time noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29) + std::chrono::hours(12);

std::int64_t unix_ms(wall_time t) { return std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count(); }

usage_record record(int n, wall_time at = noon) {
  usage_record r;
  r.charge_id = "ch-" + std::to_string(n);
  r.settled_ms = unix_ms(at);
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
    begin();
  }
  ~Ledger() override { end(); }
  void begin(milliseconds sync = milliseconds(10)) {
    ledger_deps d{disk_, *store::usage_book::open(*disk_, {}), *store::audit_log::open(*disk_), journals_, shared_, [this] { return wall_time(milliseconds(wall_ms_.load())); }, [this] { return free_.load(); }};
    d.reserve_bytes = 1000;
    d.sync = sync;
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
    ASSERT_TRUE(journals_[0].append(proto::write_usage(record(n, wall_time(milliseconds(wall_ms_.load()))))));
  }
  bool all_written() {
    return eventually([&] { return journals_.waiting() == 0; });
  }
  std::int64_t requests_counted(usage_interval interval = usage_interval::day, std::int64_t from = 0, std::int64_t to = INT64_MAX / 2000) {
    auto book = *store::usage_book::open(*disk_, {});
    std::int64_t n = 0;
    EXPECT_TRUE(book.rows(interval, from, to, [&](std::int64_t, const usage_row& row) { return n += row.counts.requests, true; }));
    return n;
  }
  /// Tokens that a budget of the key finds spent when a node starts at `now`.
  std::int64_t spent_at(budget_period period, wall_time now) {
    auto book = *store::usage_book::open(*disk_, {});
    const unspent_budget of{{{accounts::subject_kind::key, "k"}, {1'000'000, budget_unit::tokens, period}, std::make_shared<admission::spending>()}, {}};
    EXPECT_TRUE(restore_spending(book, {of}, now));
    return of.what.spent->spent();
  }
  std::string asked(auto message) {
    std::promise<http::admin_answer> p;
    message.reply = reply_slot<http::admin_answer>([&](auto a) { p.set_value(a.value_or(http::admin_answer{599, ""})); });
    caf::anon_send(ledger_, std::move(message));
    return p.get_future().get().body;
  }

  std::shared_ptr<testing::memory_store> disk_ = std::make_shared<testing::memory_store>();
  std::vector<testing::memory_file*> files_;
  store::usage_journals journals_ = testing::journals_in_memory(2, 64 << 10, &files_);
  accounts_shared shared_;
  std::atomic<std::int64_t> free_{1'000'000}, wall_ms_{unix_ms(noon)};
  house_config config_;
  caf::actor_system system_;
  ledger_actor ledger_;
};

TEST_F(Ledger, WhatStandsInJournalsIsWrittenTogether) {
  for (int i = 0; i < 100; ++i) keep(i);
  ASSERT_TRUE(journals_[1].append(proto::write_usage(record(100))));
  ASSERT_TRUE(all_written());
  EXPECT_EQ(disk_->count(store::family::usage), 101u);
  EXPECT_LT(disk_->writes(), 50);
}

TEST_F(Ledger, WhoeverAsksSeesWhatStandsInJournals) {
  end();
  begin(seconds(10));
  keep(1), keep(2);
  EXPECT_THAT(asked(audit_asked{*read_audit_question("action=request"), {}}), HasSubstr("ch-2"));
  keep(3);
  EXPECT_THAT(asked(usage_asked{*admission::read_usage_question("group_by=key&from=2026-11-01", noon), std::make_shared<key_names>(), {}}), HasSubstr("\"requests\":3"));
}

TEST_F(Ledger, ADiskThatFailsClosesTheAccountsLosesNothingAndIsTriedAgain) {
  disk_->fail(true);
  keep(1);
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  keep(2);  // of a request that ran already
  EXPECT_EQ(journals_.waiting(), 2u);
  disk_->fail(false);
  ASSERT_TRUE(eventually([&] { return !shared_.is_closed; }));
  ASSERT_TRUE(all_written());
  EXPECT_EQ(shared_.failures, 0u);
  end();
  EXPECT_EQ(requests_counted(), 2);
}

TEST_F(Ledger, AJournalWithoutRoomClosesTheAccountsUntilThereIsSomeAndHoldsUpNoOther) {
  files_[0]->has_room = false;
  files_[0]->breaks = true;
  ASSERT_TRUE(journals_[1].append(proto::write_usage(record(7))));
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  ASSERT_TRUE(all_written()) << "the other one";
  std::promise<bool> p;
  caf::anon_send(ledger_, policy_changed{{{store::family::policy, "kx", "body"}}, {}, reply_slot<bool>([&](std::optional<bool> kept) { p.set_value(kept.value_or(false)); })});
  EXPECT_TRUE(p.get_future().get());
  EXPECT_TRUE(shared_.is_closed) << "a write that works does not open them";
  files_[0]->has_room = true;
  ASSERT_TRUE(eventually([&] { return !shared_.is_closed; }));
  keep(1);
  EXPECT_TRUE(all_written());
}

TEST_F(Ledger, ADiskThatTakesWritesButCannotSyncKeepsTheAccountsClosed) {
  disk_->fail_syncs(true);
  keep(1);
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  disk_->fail_syncs(true);
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(shared_.is_closed);
    return disk_->failed_syncs() > 150;  // over a second of ticks, and an attempt to open again
  }));
  disk_->fail_syncs(false);
  EXPECT_TRUE(eventually([&] { return !shared_.is_closed; }));
}

TEST_F(Ledger, WhileTheDiskFailsNoQuestionIsAnsweredWithLessThanAll) {
  keep(1);
  ASSERT_TRUE(all_written());
  disk_->fail(true);
  keep(2);
  EXPECT_THAT(asked(audit_asked{}), HasSubstr("store_failed"));
  EXPECT_THAT(asked(backup_asked{"/nowhere", "k", {}}), HasSubstr("store_failed"));
  EXPECT_THAT(asked(usage_asked{*admission::read_usage_question("", noon), std::make_shared<key_names>(), {}}), HasSubstr("store_failed"));
  disk_->fail(false);
}

TEST_F(Ledger, ABudgetWhosePastCannotBeReadGetsItWhenTheDiskWorks) {
  keep(1);
  ASSERT_TRUE(all_written());
  disk_->fail(true);
  keep(2);
  accounts::ring_builder::fresh_spending fresh{{accounts::subject_kind::key, "k"}, {1000, budget_unit::tokens, budget_period::day}, std::make_shared<admission::spending>()};
  caf::anon_send(ledger_, spending_unknown{{{fresh, {}}}});
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  EXPECT_EQ(fresh.spent->spent(), 0);
  disk_->fail(false);
  EXPECT_TRUE(eventually([&] { return fresh.spent->spent() == 60; }));
}

TEST_F(Ledger, BytesInAJournalThatAreNoRecordAreToldAndHoldUpNothing) {
  ASSERT_TRUE(journals_[0].append("no record"));
  keep(1);
  ASSERT_TRUE(all_written());
  EXPECT_EQ(shared_.failures, 1u);
  EXPECT_EQ(disk_->count(store::family::usage), 1u);
}

TEST(DiskRoom, IsLowBelowTheReserveAndNoneBelowHalfOfIt) {
  EXPECT_EQ(room_of(1000, 1000), disk_room::ample);
  EXPECT_EQ(room_of(999, 1000), disk_room::low);
  EXPECT_EQ(room_of(500, 1000), disk_room::low);
  EXPECT_EQ(room_of(499, 1000), disk_room::none);
  EXPECT_EQ(room_of(-1, 1000), disk_room::ample) << "what cannot be told refuses nobody";
}

TEST_F(Ledger, ADiskWithLittleRoomFirstKeepsSumsAloneAndThenClosesTheAccounts) {
  keep(1);
  ASSERT_TRUE(all_written());
  free_ = 999;
  ASSERT_TRUE(eventually([&] { return shared_.is_low.load(); }));
  keep(2);
  ASSERT_TRUE(all_written());
  EXPECT_FALSE(shared_.is_closed);
  EXPECT_EQ(disk_->count(store::family::usage), 1u) << "the second request is counted, but not kept";
  free_ = 499;
  ASSERT_TRUE(eventually([&] { return shared_.is_closed.load(); }));
  free_ = 1000;
  ASSERT_TRUE(eventually([&] { return !shared_.is_closed && !shared_.is_low; }));
  keep(3);
  ASSERT_TRUE(all_written());
  EXPECT_EQ(disk_->count(store::family::usage), 2u);
  EXPECT_EQ(requests_counted(), 3) << "as after a death: nothing waits in memory";
}

TEST_F(Ledger, LossOfPowerLosesWhatWasNotSyncedAndCountsTheRestOnce) {
  for (int i = 0; i < 10; ++i) keep(i);
  ASSERT_TRUE(all_written());
  ASSERT_TRUE(eventually([&] {
    auto copy = *disk_->get(store::family::node, "usage.included");
    return copy.has_value();
  })) << "rows were written and synced";
  for (int i = 10; i < 15; ++i) keep(i);
  ASSERT_TRUE(all_written());
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
  ASSERT_TRUE(all_written());
  accounts::ring_builder::fresh_spending fresh{{accounts::subject_kind::key, "k"}, {1000, budget_unit::tokens, budget_period::day}, std::make_shared<admission::spending>()};
  caf::anon_send(ledger_, spending_unknown{{{fresh, {}}}});
  EXPECT_TRUE(eventually([&] { return fresh.spent->spent() == 60; }));
}

TEST_F(Ledger, AClockThatJumpsOverTheEndOfAPeriodAndBackLosesAndDoublesNothing) {
  using std::chrono::days;
  const wall_time in_december = noon + days(10);
  int number = 0;
  const auto use = [&](wall_time now, int times) {
    wall_ms_ = unix_ms(now);
    for (int i = 0; i < times; ++i) keep(++number);
    caf::anon_send(ledger_, turned_away{"k", "chat", "at " + std::to_string(number)});
    ASSERT_TRUE(all_written());
    ASSERT_TRUE(eventually([&] { return asked(audit_asked{}).find("at " + std::to_string(number)) != std::string::npos; }));  // a tick passed, too
  };
  use(noon, 3);
  use(in_december, 5);
  use(noon - days(1), 7);
  use(noon, 2);
  end();
  begin();  // a restart while the clock is right again
  use(noon, 1);
  end();
  const auto begin_of_day = [](wall_time t) { return begin_of(usage_interval::day, unix_ms(t)); };
  for (const auto interval : {usage_interval::hour, usage_interval::day, usage_interval::month}) EXPECT_EQ(requests_counted(interval), 18);
  EXPECT_EQ(requests_counted(usage_interval::minute), 15) << "by the minute the first three were over ten days old, for which rows are not kept";
  EXPECT_EQ(requests_counted(usage_interval::day, begin_of_day(noon), begin_of_day(noon) + 86400), 6);
  EXPECT_EQ(requests_counted(usage_interval::day, begin_of_day(in_december), begin_of_day(in_december) + 86400), 5);
  // Each record is spent in the window in which it was settled, and in no other.
  constexpr std::int64_t each = 30;
  EXPECT_EQ(spent_at(budget_period::day, noon), 6 * each);
  EXPECT_EQ(spent_at(budget_period::day, noon - days(1)), 7 * each);
  EXPECT_EQ(spent_at(budget_period::month, noon), 13 * each);
  EXPECT_EQ(spent_at(budget_period::month, in_december), 5 * each);
  EXPECT_EQ(spent_at(budget_period::total, in_december), 18 * each);
  // The log goes on counting while its times go back.
  std::vector<std::uint64_t> numbers;
  std::vector<std::int64_t> times;
  const auto log = *store::audit_log::open(*disk_);
  EXPECT_TRUE(log.read(0, [&](const audit_entry& e) { return numbers.push_back(e.number), times.push_back(e.at_ms), true; }));
  ASSERT_EQ(numbers.size(), 5u);
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i + 1);
  EXPECT_EQ(times, (std::vector<std::int64_t>{unix_ms(noon), unix_ms(in_december), unix_ms(noon - days(1)), unix_ms(noon), unix_ms(noon)}));
}

TEST_F(Ledger, TheEndWritesWhatCameBeforeIt) {
  for (int i = 0; i < 50; ++i) keep(i);
  end();
  EXPECT_EQ(requests_counted(), 50);
}

}  // namespace
}  // namespace edgemesh::actors
