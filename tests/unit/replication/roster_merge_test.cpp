// Merging is commutative, associative and idempotent: whatever the order, the splits and the repetitions, one set of records gives
// one roster. Random meshes with thefts, disputes, rotations and renewals, each by its seed.
#include <gtest/gtest.h>

#include "replication/roster.hpp"
#include "tests/unit/replication/record_writer.hpp"

namespace edgemesh::replication {
namespace {

constexpr int nodes = 9;

/// A random history: 9 keys, everybody signs anything at any time. Some of it counts.
std::vector<proto::sealed_record> random_history(record_writer& w, random_source& rng) {
  std::vector<proto::sealed_record> records{w.admit(0, 0, 0)};
  const auto count = 6 + rng.below(24);
  for (std::uint64_t i = 0; i < count; ++i) {
    const int by = static_cast<int>(rng.below(nodes)), who = static_cast<int>(rng.below(nodes));
    const auto at = static_cast<std::int64_t>(rng.below(100'000));
    const auto role = rng.below(4) == 0 ? node_role::edge : node_role::full;
    const auto what = rng.below(10);
    if (what < 6) records.push_back(w.admit(by, who, at, role, "n" + std::to_string(rng.below(4)), start_s + 1 + static_cast<std::int64_t>(rng.below(4000))));
    else if (what < 9) records.push_back(w.evict(by, who, at, static_cast<std::int64_t>(rng.below(100'000))));
    else if (by != who) records.push_back(w.succeed(by, who, at));
  }
  return records;
}

/// All that a roster says, in words.
std::string told_by(const roster& r, const std::vector<proto::sealed_record>& records) {
  std::string text;
  for (const auto now : {start_s, start_s + 2500, start_s + 9000})
    for (const auto& m : r.members(now))
      text += m.key.brief() + m.name + std::to_string(m.not_after) + m.admitted_by.brief() + std::string(name_of(m.role)) + "\n";
  for (const auto& key : r.evicted()) text += "out " + key.brief() + "\n";
  for (const auto& record : records) text += r.may_keep(record) ? r.may_count(record, start_s) ? '2' : '1' : '0';
  return text;
}

TEST(RosterMerge, IsTheSameInAnyOrderWithAnyRepetition) {
  const auto keys = fake_signing::of(0);
  int with_members = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    random_source rng(seed);
    record_writer w;
    const auto records = random_history(w, rng);
    roster once(w.root_of(records.front()), keys);
    once.learn(records);
    const auto expected = told_by(once, records);
    with_members += once.members(start_s).size() > 1;
    for (int order = 0; order < 4; ++order) {
      auto again = records;
      for (std::size_t i = rng.below(records.size()); i-- > 0;) again.push_back(records[rng.below(records.size())]);
      shuffle(again, rng);
      roster r(w.root_of(records.front()), keys);
      for (const auto& record : again) r.learn(record);
      ASSERT_EQ(told_by(r, records), expected) << "seed " << seed;
    }
  }
  EXPECT_GT(with_members, 250) << "the histories say too little";
}

TEST(RosterMerge, IsTheSameHoweverTheRecordsAreSplit) {
  const auto keys = fake_signing::of(0);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_source rng(seed);
    record_writer w;
    auto records = random_history(w, rng);
    const auto root = w.root_of(records.front());
    roster whole(root, keys), parts(root, keys);
    whole.learn(records);
    const auto expected = told_by(whole, records);
    auto rest = records;
    shuffle(rest, rng);
    while (!rest.empty()) {
      const auto count = 1 + rng.below(rest.size());
      parts.learn(std::span(rest).first(count));
      rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
    }
    ASSERT_EQ(told_by(parts, records), expected) << "seed " << seed;
  }
}

TEST(RosterMerge, NeverShowsAMemberThatACountingEvictionNames) {
  const auto keys = fake_signing::of(0);
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    random_source rng(seed);
    record_writer w;
    const auto records = random_history(w, rng);
    roster r(w.root_of(records.front()), keys);
    r.learn(records);
    for (const auto& key : r.evicted()) ASSERT_FALSE(r.find(key, start_s)) << "seed " << seed;
  }
}

TEST(RosterMerge, ShowsEveryMemberToAStrangerByItsProofs) {
  const auto keys = fake_signing::of(0);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_source rng(seed);
    record_writer w;
    const auto records = random_history(w, rng);
    roster r(w.root_of(records.front()), keys);
    r.learn(records);
    for (const auto& m : r.members(start_s)) {
      roster stranger(w.root_of(records.front()), keys);
      for (const auto& raw : r.proofs_of(m.key)) stranger.learn(*proto::read_record(raw));
      const auto* seen = stranger.find(m.key, start_s);
      ASSERT_TRUE(seen) << "seed " << seed;
      ASSERT_EQ(seen->role, m.role);
    }
  }
}

TEST(RosterMerge, DecidesALongQuarrelInBoundedTime) {
  // Each evicts the next one; who is right alternates along the chain, and each round of the judgement decides one more link.
  const auto keys = fake_signing::of(0);
  record_writer w;
  std::vector<proto::sealed_record> records{w.admit(0, 0, 0)};
  constexpr int many = 2000;
  for (int i = 1; i < many; ++i) records.push_back(w.admit(0, i, 1));
  for (int i = 1; i + 1 < many; ++i) records.push_back(w.evict(i, i + 1, 1000, 500));
  roster r(w.root_of(records.front()), keys);
  r.learn(records);
  EXPECT_TRUE(r.find(key_of(1), start_s));
  EXPECT_FALSE(r.find(key_of(2), start_s));
  EXPECT_TRUE(r.find(key_of(3), start_s));
  EXPECT_FALSE(r.find(key_of(many - 1), start_s));
}

}  // namespace
}  // namespace edgemesh::replication
