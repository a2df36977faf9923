#include "replication/policy_registers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random_source.hpp"
#include "proto/policy_fields.hpp"
#include "replication/policy_strictness.hpp"

namespace edgemesh::replication {
namespace {

using proto::policy_field;

store_id store(int n) {
  store_id id;
  id.bytes[0] = static_cast<std::uint8_t>(n);
  return id;
}

content_hash hash(int n) {
  content_hash h;
  h.bytes[0] = static_cast<std::uint8_t>(n);
  h.bytes[1] = static_cast<std::uint8_t>(n >> 8);
  return h;
}

const strictness rule = [](std::uint8_t field, std::string_view a, std::string_view b) { return stricter(field, a, b, data_classes{}); };

key_policy read(const policy_registers& r) {
  key_policy out;
  for (const auto& w : r.all(rule)) EXPECT_TRUE(proto::read_field(w.field, w.value, out)) << int(w.field);
  return out;
}

void write(policy_registers& r, policy_field field, const key_policy& value, int who, std::int64_t at_ms) {
  const auto fields = proto::fields_of(value);
  const auto found = fields.find(static_cast<std::uint8_t>(field));
  ASSERT_TRUE(r.set(static_cast<std::uint8_t>(field), found == fields.end() ? "" : found->second, {store(who), hybrid_time::at(at_ms), "admin"}));
}

key_policy with_models(std::set<std::string> models) {
  key_policy k;
  k.terms.models = std::move(models);
  return k;
}

key_policy with_rpm(std::int64_t rpm) {
  key_policy k;
  k.terms.limits.all.requests_per_minute = rpm;
  return k;
}

TEST(PolicyRegisters, ALaterWriteThatSawTheEarlierOneReplacesItStricterOrNot) {
  policy_registers a;
  write(a, policy_field::requests_per_minute, with_rpm(10), 1, 100);
  policy_registers b(a.body());
  write(b, policy_field::requests_per_minute, with_rpm(1000), 2, 50);  // its clock is behind: what it saw counts, not the time
  a.join(b.body());
  EXPECT_EQ(read(a).terms.limits.all.requests_per_minute, 1000);
  EXPECT_TRUE(a.conflicts(rule).empty());
}

TEST(PolicyRegisters, OfTwoConcurrentEditsTheStricterHoldsAndTheLoserIsNamed) {
  policy_registers a, b;
  write(a, policy_field::requests_per_minute, with_rpm(10), 1, 100);
  write(b, policy_field::requests_per_minute, with_rpm(1000), 2, 900);
  a.join(b.body());
  EXPECT_EQ(read(a).terms.limits.all.requests_per_minute, 10);
  const auto conflicts = a.conflicts(rule);
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].holds.dot.by, store(1));
  ASSERT_EQ(conflicts[0].lost.size(), 1u);
  EXPECT_EQ(conflicts[0].lost[0].dot.by, store(2));
}

TEST(PolicyRegisters, WhereNeitherIsStricterTheLaterHolds) {
  policy_registers a, b;
  write(a, policy_field::models, with_models({"x", "y"}), 1, 100);
  write(b, policy_field::models, with_models({"y", "z"}), 2, 200);
  a.join(b.body());
  EXPECT_EQ(read(a).terms.models, (std::set<std::string>{"y", "z"}));
  policy_registers c, d;
  write(c, policy_field::models, with_models({"x", "y"}), 1, 100);
  write(d, policy_field::models, with_models({"y"}), 2, 50);
  c.join(d.body());
  EXPECT_EQ(read(c).terms.models, (std::set<std::string>{"y"}));  // within the other, though earlier
}

TEST(PolicyRegisters, AnEditAfterAConflictEndsIt) {
  policy_registers a, b;
  write(a, policy_field::requests_per_minute, with_rpm(10), 1, 100);
  write(b, policy_field::requests_per_minute, with_rpm(20), 2, 100);
  a.join(b.body());
  write(a, policy_field::requests_per_minute, with_rpm(500), 1, 300);
  b.join(a.body());
  EXPECT_EQ(read(b).terms.limits.all.requests_per_minute, 500);
  EXPECT_TRUE(b.conflicts(rule).empty());
  EXPECT_EQ(a, b);
}

TEST(PolicyRegisters, AFieldThatIsTakenBackStaysSo) {
  policy_registers a;
  write(a, policy_field::requests_per_minute, with_rpm(10), 1, 100);
  const auto old = a;
  write(a, policy_field::requests_per_minute, {}, 1, 200);
  EXPECT_FALSE(a.join(old.body()).changed);
  EXPECT_FALSE(read(a).terms.limits.all.requests_per_minute);
}

TEST(PolicyRegisters, ConcurrentRotationsLeaveBothNewSecretsValid) {
  policy_registers a;
  ASSERT_TRUE(a.rotate(hash(1), 0));
  policy_registers b(a.body());
  ASSERT_TRUE(a.rotate(hash(2), 5000));
  ASSERT_TRUE(b.rotate(hash(3), 4000));
  a.join(b.body());
  b.join(a.body());
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.body().secrets, (std::map<content_hash, std::int64_t>{{hash(1), 4000}, {hash(2), 0}, {hash(3), 0}}));
  a.drop_ended_secrets(4001);
  EXPECT_EQ(a.body().secrets.size(), 2u);
}

TEST(PolicyRegisters, FieldsOfALaterVersionAreKeptByteForByte) {
  policy_registers a, b;
  ASSERT_TRUE(a.set(200, "\x81\x00\xa5later", {store(9), hybrid_time::at(1), "x"}));
  b.join(a.body());
  const auto again = proto::read_policy(proto::write_policy(b.body()));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, a.body());
  EXPECT_EQ(read(b), key_policy{});
}

TEST(PolicyRegisters, BoundsRefuseWithoutAChange) {
  policy_registers a;
  for (int i = 0; i < static_cast<int>(proto::policy_secrets_max); ++i) ASSERT_TRUE(a.rotate(hash(i), 0));
  const auto before = a;
  EXPECT_FALSE(a.rotate(hash(999), 0));
  EXPECT_FALSE(a.rotate(hash(0), 0));
  EXPECT_FALSE(a.set(1, std::string(proto::policy_value_max + 1, 'x'), {store(1), {}, ""}));
  policy_registers more;
  ASSERT_TRUE(more.rotate(hash(999), 0));
  EXPECT_FALSE(a.join(more.body()).fits);
  EXPECT_EQ(a, before);
}

TEST(PolicyRegisters, ARevocationWinsEveryMergeAndIsNeverTakenBack) {
  policy_registers a;
  write(a, policy_field::requests_per_minute, with_rpm(10), 1, 100);
  policy_registers b(a.body());
  a.revoke({store(1), hybrid_time::at(200), "ops"});
  write(b, policy_field::requests_per_minute, with_rpm(20), 2, 900);
  EXPECT_FALSE(a.set(proto::policy_revoked_field, "", {store(1), hybrid_time::at(300), "ops"}));
  auto ab = a, ba = b;
  EXPECT_TRUE(ab.join(b.body()).changed);
  EXPECT_TRUE(ba.join(a.body()).changed);
  EXPECT_EQ(ab, ba);
  ASSERT_TRUE(ab.revocation());
  EXPECT_EQ(ab.revocation()->author, "ops");
  EXPECT_EQ(read(ab).terms.limits.all.requests_per_minute, 20);
  // A node that saw the mark and dropped it does not take it back.
  auto forged = ab.body();
  std::erase_if(forged.writes, [](const auto& w) { return w.field == proto::policy_revoked_field; });
  forged.seen[store(1)] += 5;
  EXPECT_TRUE(ab.join(forged).fits);
  EXPECT_TRUE(ab.revocation());
  EXPECT_TRUE(ab.join(ba.body()).fits);
  EXPECT_FALSE(ab.join(ba.body()).changed);
  EXPECT_GT(stricter(proto::policy_revoked_field, "x", "", data_classes{}), 0);
  EXPECT_LT(stricter(proto::policy_revoked_field, "", "x", data_classes{}), 0);
}

TEST(PolicyRegisters, OfTwoRevocationsTheEarlierIsRememberedEitherWay) {
  policy_registers a, b;
  a.revoke({store(2), hybrid_time::at(200), "late"});
  b.revoke({store(1), hybrid_time::at(100), "early"});
  auto ab = a, ba = b;
  EXPECT_TRUE(ab.join(b.body()).changed);
  EXPECT_FALSE(ba.join(a.body()).changed);
  EXPECT_EQ(ab, ba);
  EXPECT_EQ(ab.revocation()->author, "early");
}

TEST(PolicyRegisters, ARevocationComesInWhereTheRestDoesNotFit) {
  policy_registers a, b;
  for (int i = 0; i < static_cast<int>(proto::policy_writers_max); ++i) write(a, policy_field::owner, {}, i, 1);
  write(b, policy_field::owner, {}, 99, 1);
  b.revoke({store(99), hybrid_time::at(5), "x"});
  const auto outcome = a.join(b.body());
  EXPECT_TRUE(outcome.changed);
  EXPECT_FALSE(outcome.fits);
  EXPECT_TRUE(a.revocation());
  EXPECT_TRUE(proto::read_policy(proto::write_policy(a.body())));
}

// --- properties: whatever three nodes do and whatever they tell each other, in any order.

key_policy any_value(random_source& rng) {
  key_policy k;
  k.terms.limits.all.requests_per_minute = 1 + static_cast<std::int64_t>(rng.below(4));
  k.terms.models.emplace();
  for (const char* name : {"a", "b", "c"})
    if (rng.below(2)) k.terms.models->insert(name);
  k.terms.is_disabled = rng.below(2) != 0;
  k.terms.budget = budget{static_cast<std::int64_t>(rng.below(3)), static_cast<budget_unit>(rng.below(2)), budget_period::day};
  k.owner = std::string(1, static_cast<char>('a' + rng.below(3)));
  return k;
}

void revoke_at(policy_registers& r, int who, std::int64_t at_ms) { r.revoke({store(who), hybrid_time::at(at_ms), "admin"}); }

void any_act(std::vector<policy_registers>& nodes, random_source& rng, int& secrets) {
  constexpr std::array fields{policy_field::requests_per_minute, policy_field::models, policy_field::disabled, policy_field::budget, policy_field::owner};
  const auto who = rng.below(nodes.size());
  switch (rng.below(6)) {
    case 5:
      if (rng.below(8) == 0) revoke_at(nodes[who], static_cast<int>(who), static_cast<std::int64_t>(rng.below(50)));
      break;
    case 0: nodes[who].join(nodes[rng.below(nodes.size())].body()); break;
    case 1:
      if (secrets < 12) nodes[who].rotate(hash(++secrets), static_cast<std::int64_t>(rng.below(100)));
      break;
    default: write(nodes[who], fields[rng.below(fields.size())], any_value(rng), static_cast<int>(who), static_cast<std::int64_t>(rng.below(50)));
  }
}

policy_registers joined(policy_registers a, const policy_registers& b) {
  EXPECT_TRUE(a.join(b.body()).fits);
  return a;
}

TEST(PolicyRegisters, JoiningIsCommutativeAssociativeAndIdempotent) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    random_source rng(seed);
    std::vector<policy_registers> n(3);
    int secrets = 0;
    for (int i = 0; i < 25; ++i) any_act(n, rng, secrets);
    ASSERT_EQ(joined(n[0], n[1]), joined(n[1], n[0])) << seed;
    ASSERT_EQ(joined(joined(n[0], n[1]), n[2]), joined(n[0], joined(n[1], n[2]))) << seed;
    ASSERT_EQ(joined(n[0], n[0]), n[0]) << seed;
    const auto sum = joined(joined(n[0], n[1]), n[2]);
    ASSERT_EQ(joined(sum, n[1]), sum) << seed;
    ASSERT_EQ(read(joined(n[0], n[1])), read(joined(n[1], n[0]))) << seed;
    const auto bytes = proto::write_policy(sum.body());
    const auto again = proto::read_policy(bytes);
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(*again, sum.body());
  }
}

TEST(PolicyRegisters, AnEditIsNeverForgottenBeforeSomebodySawAndReplacedIt) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_source rng(seed);
    std::vector<policy_registers> n(3);
    int secrets = 0;
    for (int i = 0; i < 20; ++i) any_act(n, rng, secrets);
    // Node 0 disables the key; whatever concurrent edits of other fields others make, it is disabled in the end.
    key_policy off;
    off.terms.is_disabled = true;
    write(n[0], policy_field::disabled, off, 0, 1000);
    write(n[1], policy_field::owner, any_value(rng), 1, 2000);
    write(n[2], policy_field::disabled, {}, 2, 3000);  // concurrent and later: the stricter holds
    for (auto& a : n)
      for (auto& b : n) a.join(b.body());
    for (auto& a : n) ASSERT_TRUE(read(joined(joined(a, n[1]), n[2])).terms.is_disabled) << seed;
  }
}

}  // namespace
}  // namespace edgemesh::replication
