#include "replication/record_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

TEST(RecordTable, KeepsTheHigherVersionWhoeverBringsIt) {
  record_writer w;
  const auto first = w.describe(1, 0, "127.0.0.1:1"), second = w.describe(1, 0, "127.0.0.1:2");
  record_table t;
  EXPECT_EQ(t.offer(second), offer_verdict::news);
  EXPECT_EQ(t.offer(second), offer_verdict::known);
  EXPECT_EQ(t.offer(first), offer_verdict::stale);
  EXPECT_EQ(*t.find(proto::record_kind::node, key_of(1), key_of(1).view()), second);
  EXPECT_EQ(t.size(), 1u);
  EXPECT_EQ(t.bytes(), second.raw.size());
}

TEST(RecordTable, LetsANewLifeOutrankAnyCounterOfAnEarlierOne) {
  record_writer w;
  for (int i = 0; i < 100; ++i) w.describe(1, 0);
  const auto old_life = w.describe(1, 0, "127.0.0.1:1", 7);
  w.sequences[1] = 0;
  const auto new_life = w.describe(1, 0, "127.0.0.1:2", 8);
  record_table t;
  EXPECT_EQ(t.offer(new_life), offer_verdict::news);
  EXPECT_EQ(t.offer(old_life), offer_verdict::stale);
}

TEST(RecordTable, SettlesEqualVersionsByTheirBytes) {
  record_writer w;
  const auto one = w.describe(1, 0, "127.0.0.1:1");
  w.sequences[1] = 0;
  const auto other = w.describe(1, 0, "127.0.0.1:2");
  ASSERT_EQ(one.head.version, other.head.version);
  record_table t, u;
  t.offer(one), t.offer(other);
  u.offer(other), u.offer(one);
  EXPECT_EQ(t.summary(), u.summary());
  EXPECT_EQ(*t.find(record_table::key_of(one)), std::max(one, other, [](auto& x, auto& y) { return x.raw < y.raw; }));
}

TEST(RecordTable, TellsKindsSignersAndSubjectsApart) {
  record_writer w;
  record_table t;
  for (int node = 1; node <= 3; ++node) {
    EXPECT_EQ(t.offer(w.describe(node, 0)), offer_verdict::news);
    EXPECT_EQ(t.offer(w.offer(node, "gpu", 0)), offer_verdict::news);
    EXPECT_EQ(t.offer(w.offer(node, "cpu", 0)), offer_verdict::news);
    EXPECT_EQ(t.offer(w.admit(1, node, 0)), offer_verdict::news);
  }
  EXPECT_EQ(t.size(), 12u);
  EXPECT_FALSE(t.find(proto::record_kind::backend, key_of(1), "tpu"));
}

TEST(RecordTable, HasTheDigestOfItsRecordsAlone) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    random_source rng(seed);
    record_writer w;
    std::vector<proto::sealed_record> records;
    for (int i = 0; i < 60; ++i)
      records.push_back(w.offer(static_cast<int>(rng.below(4)), "b" + std::to_string(rng.below(8)), 0, static_cast<int>(rng.below(9))));
    record_table t, u;
    for (const auto& r : records) t.offer(r);
    shuffle(records, rng);
    for (const auto& r : records) u.offer(r), u.offer(r);
    ASSERT_EQ(t.buckets(), u.buckets());
    ASSERT_EQ(t.summary(), u.summary());
    std::uint64_t all = 0;
    std::size_t keys = 0;
    for (std::uint16_t b = 0; b < proto::digest_buckets; ++b) {
      all ^= t.buckets()[b];
      for (const auto& k : t.keys_in(b)) {
        ++keys;
        ASSERT_EQ(k.key % proto::digest_buckets, b);
        ASSERT_EQ(k.version, t.find(k.key)->head.version);
        ASSERT_EQ(k.mark, record_table::mark_of(t.find(k.key)->raw));
      }
    }
    ASSERT_EQ(all, t.summary());
    ASSERT_EQ(keys, t.size());
  }
}

TEST(RecordTable, ForgetsWithoutATrace) {
  record_writer w;
  record_table t;
  const auto kept = w.describe(2, 0);
  t.offer(kept);
  const auto before = t.summary();
  for (int i = 0; i < 50; ++i) t.offer(w.offer(1, "b" + std::to_string(i), 0));
  t.offer(w.describe(1, 0));
  t.forget(key_of(1), proto::record_kind::backend);
  EXPECT_EQ(t.size(), 2u);
  EXPECT_EQ(t.keep_only([&](const auto& r) { return r.signer != key_of(1); }), 1u);
  EXPECT_EQ(t.summary(), before);
  EXPECT_EQ(t.bytes(), kept.raw.size());
  EXPECT_TRUE(t.forget(record_table::key_of(kept)));
  EXPECT_FALSE(t.forget(record_table::key_of(kept)));
  EXPECT_EQ(t.summary(), 0u);
}

TEST(RecordTable, GivesOneSignerABoundedNumberOfBackends) {
  record_writer w;
  record_table t;
  int refused = 0;
  for (int i = 0; i < 1030; ++i) refused += t.offer(w.offer(1, "b" + std::to_string(i), 0)) == offer_verdict::refused;
  EXPECT_EQ(refused, 6);
  // A newer version of one that is here needs no room, and others have theirs.
  EXPECT_EQ(t.offer(w.offer(1, "b7", 1)), offer_verdict::news);
  EXPECT_EQ(t.offer(w.offer(2, "b", 0)), offer_verdict::news);
  t.forget(key_of(1), proto::record_kind::backend);
  EXPECT_EQ(t.offer(w.offer(1, "new", 0)), offer_verdict::news);
}

TEST(RecordTable, RefusesMoreThanItMayHold) {
  record_writer w;
  record_table few({.entries = 3});
  for (int node = 1; node <= 5; ++node) EXPECT_EQ(few.offer(w.describe(node, 0)), node <= 3 ? offer_verdict::news : offer_verdict::refused);
  EXPECT_EQ(few.offer(w.describe(2, 1)), offer_verdict::news);
  const auto big = w.describe(1, 0);
  record_table narrow({.bytes = 2 * big.raw.size() + 10});
  for (int node = 1; node <= 4; ++node) EXPECT_EQ(narrow.offer(w.describe(node, 0)), node <= 2 ? offer_verdict::news : offer_verdict::refused);
}

TEST(RecordTable, RefusesARecordThatIsTooLong) {
  proto::sealed_record r;
  r.head.kind = proto::record_kind::node;
  r.raw.assign(proto::record_max, 'x');
  EXPECT_EQ(record_table().offer(r), offer_verdict::news);
  r.raw += 'x';
  EXPECT_EQ(record_table().offer(r), offer_verdict::refused);
}

}  // namespace
}  // namespace edgemesh::replication
