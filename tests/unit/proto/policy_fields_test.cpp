#include "proto/policy_fields.hpp"

#include <gtest/gtest.h>

#include "proto/policy_record.hpp"

namespace edgemesh::proto {
namespace {

key_policy full_key() {
  key_policy k;
  k.name = "build farm";
  k.role = key_role::group_admin;
  k.owner = "ops@example.org";
  k.group = "g-1";
  k.tags = {"ci", "night"};
  k.terms.models = std::set<std::string>{"llama3.2:3b", "qwen"};
  k.terms.backends = std::set<std::string>{};
  k.terms.sites = std::set<std::string>{"fra"};
  k.terms.data_class = "internal";
  k.terms.limits.all = {60, 100000, 4};
  k.terms.limits.models["qwen"] = {std::nullopt, 5000, 1};
  k.terms.budget = budget{25'000'000, budget_unit::money, budget_period::month};
  k.terms.is_disabled = true;
  k.is_strict = true;
  k.cache = cache_sharing::isolated;
  k.max_tokens = 2048;
  k.expires_at = 1800000000;
  return k;
}

TEST(PolicyFields, AKeyComesBackAsItWas) {
  for (const auto& key : {full_key(), key_policy{}}) {
    key_policy back;
    for (const auto& [field, value] : fields_of(key)) EXPECT_TRUE(read_field(field, value, back)) << int(field);
    EXPECT_EQ(back, key);
  }
  EXPECT_TRUE(fields_of(key_policy{}).empty());
}

TEST(PolicyFields, AGroupComesBackAsItWas) {
  const group_policy group{"research", "g-root", full_key().terms};
  group_policy back;
  for (const auto& [field, value] : fields_of(group)) EXPECT_TRUE(read_field(field, value, back)) << int(field);
  EXPECT_EQ(back, group);
}

TEST(PolicyFields, NothingAllowedIsNotEverythingAllowed) {
  key_policy nothing;
  nothing.terms.models = std::set<std::string>{};
  key_policy back;
  for (const auto& [field, value] : fields_of(nothing)) ASSERT_TRUE(read_field(field, value, back));
  ASSERT_TRUE(back.terms.models);
  EXPECT_TRUE(back.terms.models->empty());
}

TEST(PolicyFields, ATakenBackFieldIsTheDefault) {
  auto key = full_key();
  for (int field = 1; field <= 20; ++field) EXPECT_TRUE(read_field(static_cast<std::uint8_t>(field), "", key));
  EXPECT_EQ(key, key_policy{});
}

TEST(PolicyFields, AWrongValueChangesNothing) {
  const auto before = full_key();
  for (const std::string_view bad : {"\xc0", "\x81", "\x81\x00\xff", "\x81\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    for (const auto field : {policy_field::requests_per_minute, policy_field::concurrency, policy_field::expires_at, policy_field::max_tokens,
                             policy_field::budget, policy_field::model_limits}) {
      auto key = before;
      EXPECT_FALSE(read_field(static_cast<std::uint8_t>(field), bad, key)) << int(field);
      EXPECT_EQ(key, before);
    }
  }
  auto key = before;
  EXPECT_FALSE(read_field(static_cast<std::uint8_t>(policy_field::requests_per_minute), std::string("\x81\x00\x00", 3), key));  // zero
  EXPECT_FALSE(read_field(static_cast<std::uint8_t>(policy_field::name), std::string("\x81\x00\xa1\n", 4), key));
  EXPECT_EQ(key, before);
  EXPECT_TRUE(read_field(77, "\xff", key));  // of a later version
}

TEST(PolicyFields, ARoleOfALaterVersionGivesTheLeast) {
  key_policy key;
  key.role = key_role::admin;
  EXPECT_TRUE(read_field(static_cast<std::uint8_t>(policy_field::role), std::string("\x81\x00\x09", 3), key));
  EXPECT_EQ(key.role, key_role::client);
}

TEST(PolicyRecord, ARevocationNeedsNoRoomAndStandsOnce) {
  store_id s, other;
  s.bytes[0] = 1;
  other.bytes[0] = 2;
  policy_body body;
  body.seen[s] = policy_writes_max;
  for (std::size_t i = 1; i <= policy_writes_max; ++i) body.writes.push_back({1, {s, i}, 5, "k", "v"});
  body.writes.push_back({policy_revoked_field, {other, 1}, 7, "k", "x"});  // of a store that wrote nothing else
  const auto back = read_policy(write_policy(body));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, body);
  auto twice = body;
  twice.writes.push_back({policy_revoked_field, {other, 2}, 7, "k", "x"});
  EXPECT_FALSE(read_policy(write_policy(twice)));
  auto full = body;
  full.writes.back() = {2, {s, 1}, 5, "k", "v"};
  EXPECT_FALSE(read_policy(write_policy(full)));
  key_policy key = full_key();
  EXPECT_TRUE(read_field(policy_revoked_field, "\xff", key));  // that it is there is all that counts
  EXPECT_EQ(key, full_key());
}

TEST(PolicyRecord, RefusesWhatItsWriterCannotHaveSeen) {
  store_id s;
  s.bytes[0] = 1;
  policy_body body;
  body.seen[s] = 2;
  body.writes.push_back({1, {s, 2}, 5, "k", "v"});
  ASSERT_TRUE(read_policy(write_policy(body)));
  auto beyond = body;
  beyond.writes[0].dot.count = 3;
  EXPECT_FALSE(read_policy(write_policy(beyond)));
  auto twice = body;
  twice.writes.push_back(twice.writes[0]);
  EXPECT_FALSE(read_policy(write_policy(twice)));
  auto unordered = body;
  unordered.writes.insert(unordered.writes.begin(), {2, {s, 1}, 5, "k", "v"});
  EXPECT_FALSE(read_policy(write_policy(unordered)));
  auto unseen = body;
  unseen.seen.clear();
  EXPECT_FALSE(read_policy(write_policy(unseen)));
  EXPECT_FALSE(read_policy("nonsense"));
}

}  // namespace
}  // namespace edgemesh::proto
