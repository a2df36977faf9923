#include "store/usage_book.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "base/random_source.hpp"
#include "proto/usage_codec.hpp"
#include "store/usage_rows.hpp"
#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

using namespace std::chrono;
constexpr std::int64_t hour_ms = 3'600'000, day = 86'400;
const std::int64_t noon_ms = duration_cast<milliseconds>((sys_days(2026y / November / 29) + hours(12)).time_since_epoch()).count();

usage_record request(std::string key, std::int64_t tokens = 10, std::int64_t cost = 5, std::int64_t at_ms = noon_ms) {
  usage_record r;
  r.charge_id = "c-" + key;
  r.settled_ms = at_ms;
  r.key = std::move(key);
  r.group = "team";
  r.model = "m";
  r.status = 200;
  usage_attempt a;
  a.backend = "gpu";
  a.usage = {tokens, tokens, 1, 0, usage_source::upstream};
  a.cost = cost;
  a.is_charged = true;
  r.attempts.push_back(a);
  return r;
}

store_id origin_of(std::uint8_t n) {
  store_id id;
  id.bytes[0] = n;
  return id;
}

class UsageBook : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  /// As after kill -9: what the book had in memory is gone.
  void reopen() {
    book.reset();
    disk.reset();
    auto opened = open_store(folder.path() / "store");
    ASSERT_TRUE(opened) << opened.error().message;
    disk = std::move(*opened);
    auto read = usage_book::open(*disk, origin);
    ASSERT_TRUE(read) << read.error().message;
    book.emplace(std::move(*read));
  }
  void append(std::vector<usage_record> records) { ASSERT_TRUE(book->append(records)); }
  void append_sums(std::vector<usage_record> records) { ASSERT_TRUE(book->append_sums(records)); }
  std::map<store_id, std::int64_t> requests_by_origin() {
    std::map<store_id, std::int64_t> out;
    EXPECT_TRUE(disk->scan(family::rows, row_prefix(usage_interval::day, 0).substr(0, 1), [&](std::string_view key, std::string_view value) {
      out[read_row_key(key)->origin] += proto::read_counts(value)->requests;
      return true;
    }));
    return out;
  }
  usage_counts sum(usage_interval interval, std::int64_t from = 0, std::int64_t to = 1LL << 40) {
    usage_counts out;
    EXPECT_TRUE(book->rows(interval, from, to, [&](std::int64_t, const usage_row& row) {
      out += row.counts;
      return true;
    }));
    return out;
  }
  std::size_t raw_count() {
    std::size_t count = 0;
    EXPECT_TRUE(book->raw(0, [&](std::uint64_t, const usage_record&) { return ++count != 0; }));
    return count;
  }

  temporary_folder folder;
  store_id origin = origin_of(1);
  std::unique_ptr<store> disk;
  std::optional<usage_book> book;
};

TEST_F(UsageBook, EveryIntervalSumsToTheSame) {
  random_source rng(1);
  std::vector<usage_record> records;
  usage_counts expected;
  for (int i = 0; i < 500; ++i) {
    records.push_back(request("k" + std::to_string(rng.below(7)), static_cast<std::int64_t>(rng.below(100)), static_cast<std::int64_t>(rng.below(50)),
                              noon_ms + static_cast<std::int64_t>(rng.below(40)) * hour_ms));
    for (const auto& row : rows_of(records.back())) expected += row.counts;
  }
  append(records);
  for (int i = 0; i < usage_interval_count; ++i) EXPECT_EQ(sum(static_cast<usage_interval>(i)), expected);
  EXPECT_EQ(raw_count(), 500u);
}

TEST_F(UsageBook, WhatWasAppendedAndNotSummedIsSummedOnceAfterADeath) {
  append({request("a"), request("b")});
  reopen();
  EXPECT_EQ(sum(usage_interval::day).requests, 2);
  append({request("a")});
  ASSERT_TRUE(book->write_rows());
  append({request("a")});
  reopen();
  reopen();
  EXPECT_EQ(sum(usage_interval::day).requests, 4);
  EXPECT_EQ(sum(usage_interval::month).cost, 20);
  EXPECT_EQ(book->last_number(), 4u);
}

TEST_F(UsageBook, ADeathAtAnyPointCountsEveryRecordOnce) {
  random_source rng(7);
  std::int64_t appended = 0;
  for (int life = 0; life < 40; ++life) {
    const auto acts = rng.below(6);
    for (std::uint64_t i = 0; i < acts; ++i) {
      if (rng.below(3) == 0) {
        ASSERT_TRUE(book->write_rows());
      } else {
        append({request("k" + std::to_string(rng.below(3)), 1, 1, noon_ms + static_cast<std::int64_t>(rng.below(100)) * hour_ms)});
        ++appended;
      }
    }
    reopen();
    ASSERT_EQ(sum(usage_interval::hour).requests, appended) << life;
    ASSERT_EQ(sum(usage_interval::month).requests, appended) << life;
  }
}

TEST_F(UsageBook, SumsWithoutRecordsSurviveADeathToo) {
  append({request("a")});
  append_sums({request("a"), request("b")});
  reopen();
  append({request("a")});
  reopen();
  EXPECT_EQ(sum(usage_interval::day).requests, 4);
  EXPECT_EQ(sum(usage_interval::minute).cost, 20);
  EXPECT_EQ(raw_count(), 2u);
}

TEST_F(UsageBook, WhatAnotherStoreCountedStaysBesideWhatThisOneCounts) {
  append({request("a")});
  reopen();
  append({request("a")});  // not summed yet when the store gets another name, as in a backup that is restored
  origin = origin_of(2);
  reopen();
  append({request("a"), request("a"), request("b")});
  EXPECT_EQ(sum(usage_interval::day).requests, 5);
  EXPECT_EQ(requests_by_origin(), (std::map<store_id, std::int64_t>{{origin_of(1), 2}, {origin_of(2), 3}}));
  book->take_origin(origin_of(3));
  append_sums({request("a")});
  EXPECT_EQ(requests_by_origin()[origin_of(3)], 1);
}

TEST_F(UsageBook, RowsAndRecordsFromBeforeStoresHadNamesAreReadAndNotAddedTo) {
  const usage_row_name name{"a", "team", "m", "gpu", "", ""};
  const auto today = begin_of(usage_interval::day, noon_ms);
  const auto key = write_row_key({usage_interval::day, today, name, {}});
  usage_counts counts;
  counts.requests = 7;
  ASSERT_TRUE(disk->write({{family::rows, key, proto::write_counts(counts)}}, durability::written));
  append({request("a")});
  EXPECT_EQ(sum(usage_interval::day).requests, 8);
  EXPECT_EQ(requests_by_origin(), (std::map<store_id, std::int64_t>{{{}, 7}, {origin, 1}}));
}

TEST_F(UsageBook, WasteIsOfTheBackendsThatNobodyWasChargedFor) {
  auto r = request("a", 10, 5);
  usage_attempt lost;
  lost.backend = "edge/old";
  lost.cause = attempt_cause::truncated;
  lost.usage.completion_tokens = 7;
  r.attempts.insert(r.attempts.begin(), lost);
  append({r});
  std::map<std::string, usage_counts> by_backend;
  ASSERT_TRUE(book->rows(usage_interval::day, 0, 1LL << 40, [&](std::int64_t, const usage_row& row) {
    by_backend[row.name.backend + "@" + row.name.node] += row.counts;
    return true;
  }));
  EXPECT_EQ(by_backend.at("edge/old@edge").waste_tokens, 7);
  EXPECT_EQ(by_backend.at("edge/old@edge").requests, 0);
  EXPECT_EQ(by_backend.at("gpu@").requests, 1);
}

TEST_F(UsageBook, ARequestThatNobodyServedIsCountedWithoutABackend) {
  auto r = request("a");
  r.attempts.clear();
  r.status = 503;
  append({r});
  EXPECT_EQ(sum(usage_interval::day).requests, 1);
  EXPECT_EQ(sum(usage_interval::day).prompt_tokens, 0);
}

TEST_F(UsageBook, RowsOfATimeComeAloneAndInOrder) {
  append({request("b", 1, 1, noon_ms), request("a", 1, 1, noon_ms + 24 * hour_ms), request("a", 1, 1, noon_ms - 24 * hour_ms)});
  std::vector<std::int64_t> begins;
  const auto today = begin_of(usage_interval::day, noon_ms);
  ASSERT_TRUE(book->rows(usage_interval::day, today - day, today + day, [&](std::int64_t begin, const usage_row&) {
    begins.push_back(begin);
    return true;
  }));
  EXPECT_EQ(begins, (std::vector<std::int64_t>{today - day, today}));
}

TEST_F(UsageBook, OldEntriesAreForgottenAndTheRestStays) {
  append({request("a", 1, 1, noon_ms - 40 * 24 * hour_ms), request("a", 1, 1, noon_ms)});
  ASSERT_TRUE(book->write_rows());
  const auto more = book->expire({}, noon_ms);
  ASSERT_TRUE(more);
  EXPECT_FALSE(*more);
  EXPECT_EQ(raw_count(), 1u);
  EXPECT_EQ(sum(usage_interval::minute).requests, 1);
  EXPECT_EQ(sum(usage_interval::hour).requests, 2);
  EXPECT_EQ(sum(usage_interval::month).requests, 2);
  reopen();
  append({request("a")});
  EXPECT_EQ(sum(usage_interval::month).requests, 3);
}

TEST_F(UsageBook, ARecordIsNotForgottenBeforeItIsSummed) {
  append({request("a", 1, 1, noon_ms - 400 * 24 * hour_ms)});
  ASSERT_TRUE(book->expire({}, noon_ms));
  EXPECT_EQ(raw_count(), 1u);
}

TEST_F(UsageBook, ADamagedRecordIsSaidAndNotPassedOver) {
  append({request("a")});
  ASSERT_TRUE(disk->write({{family::usage, write_number(2), "\x01nonsense"}}, durability::written));
  const auto opened = usage_book::open(*disk, origin);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("usage record 2"), std::string::npos) << opened.error().message;
  ASSERT_TRUE(disk->write({{family::usage, write_number(2), "\x09later"}}, durability::written));
  EXPECT_NE(usage_book::open(*disk, origin).error().message.find("later version"), std::string::npos);
}

TEST(UsageCodec, ARecordComesBackAsItWas) {
  auto r = request("a");
  r.data_class = "internal";
  r.node = "fra-1";
  r.site = "fra";
  r.origin = origin_of(3);
  const auto back = proto::read_usage(proto::write_usage(r));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, r);
  EXPECT_FALSE(proto::read_usage(""));
  for (std::size_t size = 1; size < proto::write_usage(r).size(); ++size) EXPECT_FALSE(proto::read_usage(proto::write_usage(r).substr(0, size)));
}

TEST(UsageRows, NamesComeBackFromTheirKeys) {
  const usage_row_name name{"k", "g", "org/model:3b", "node/gpu", "node", ""};
  const auto back = read_row_key(write_row_key({usage_interval::hour, 1234, name, origin_of(0)}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, name);
  EXPECT_EQ(back->begin, 1234);
  EXPECT_EQ(read_row_key(write_row_key({usage_interval::hour, 1234, name, origin_of(9)}))->origin, origin_of(9));
  EXPECT_TRUE(read_row_key(write_row_key({usage_interval::hour, 1234, name, {}}))->origin.is_zero());
  EXPECT_FALSE(read_row_key(write_row_key({usage_interval::hour, 1234, name, {}}) + "more"));
  EXPECT_FALSE(read_row_key("short"));
  EXPECT_FALSE(read_row_key(row_prefix(usage_interval::hour, 1) + "no end"));
}

}  // namespace
}  // namespace edgemesh::store
