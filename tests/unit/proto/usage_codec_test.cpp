#include "proto/usage_codec.hpp"

#include <gtest/gtest.h>

namespace edgemesh::proto {
namespace {

usage_record record_of(std::size_t attempts) {
  usage_record r;
  r.charge_id = "ch-1";
  r.settled_ms = 1'800'000'000'000;
  r.key = "k";
  r.group = "g";
  r.model = std::string(512, 'm');
  r.node = "n";
  r.site = "s";
  r.data_class = "internal";
  r.status = 200;
  for (std::size_t i = 0; i < attempts; ++i) {
    auto& a = r.attempts.emplace_back();
    a.backend = "backend-" + std::to_string(i);
    a.cause = attempt_cause::turned_away;
  }
  if (attempts > 0) {
    auto& last = r.attempts.back();
    last.cause = attempt_cause::ok;
    last.usage = {10, 20, 5, 3, usage_source::upstream};
    last.cost = 123;
    last.is_charged = true;
  }
  r.origin.bytes[3] = 7;
  return r;
}

TEST(UsageCodec, ARecordComesBackAsItWas) {
  for (const std::size_t attempts : {0u, 1u, 9u, 32u}) {
    const auto r = record_of(attempts);
    const auto read = read_usage(write_usage(r));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, r);
  }
}

TEST(UsageCodec, OfTooManyAttemptsTheLastOnesAreKeptAndTheChargedOneWithThem) {
  const auto read = read_usage(write_usage(record_of(200)));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->attempts.size(), usage_attempts_max);
  EXPECT_EQ(read->attempts.front().backend, "backend-168");
  EXPECT_TRUE(read->attempts.back().is_charged);
  EXPECT_EQ(read->attempts.back().cost, 123);
}

}  // namespace
}  // namespace edgemesh::proto
