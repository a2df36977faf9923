#include "admission/gate.hpp"

#include <gtest/gtest.h>

#include "admission/key_token.hpp"
#include "base/random_source.hpp"

namespace edgemesh::admission {
namespace {

using namespace std::chrono;
const wall_time noon = sys_days(2026y / November / 29) + hours(12);
const instant start = instant(seconds(1000));

std::shared_ptr<const policy_holder> holder(std::string name, bool is_group, policy_terms terms) {
  auto h = std::make_shared<policy_holder>();
  h->id = name;
  h->name = std::move(name);
  h->is_group = is_group;
  h->cell = std::make_shared<use_cell>();
  for (const auto& [model, _] : terms.limits.models) h->model_cells[model] = std::make_shared<use_cell>();
  if (terms.budget) h->spent = std::make_shared<spending>();
  h->terms = std::move(terms);
  return h;
}

policy_terms with_rates(rate_limits all) {
  policy_terms t;
  t.limits.all = all;
  return t;
}
policy_terms with_budget(budget b) {
  policy_terms t;
  t.budget = b;
  return t;
}

gate_question ask(std::int64_t tokens = 10, std::int64_t cost = 0) { return {"m", tokens, tokens, cost, start, noon}; }

key_entry key_of(std::vector<std::shared_ptr<const policy_holder>> holders) {
  key_entry k;
  k.id = "k";
  k.holders = std::move(holders);
  return k;
}

TEST(Gate, AKeyWithoutLimitsPasses) { EXPECT_TRUE(admit(key_of({holder("k", false, {})}), ask(1'000'000'000))); }

TEST(Gate, TheTightestRefusesAndIsNamed) {
  const auto own = holder("mine", false, with_rates({10, {}, {}}));
  const auto team = holder("team", true, with_rates({2, {}, {}}));
  const auto key = key_of({own, team});
  EXPECT_TRUE(admit(key, ask()));
  EXPECT_TRUE(admit(key, ask()));
  const auto refused = admit(key, ask());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_EQ(refused.error().code, "rate_limit_exceeded");
  EXPECT_NE(refused.error().message.find("group team"), std::string::npos);
  EXPECT_EQ(refused.error().retry_after, seconds(30));
  EXPECT_EQ(own->cell->requests.look(10, start).remaining, 8);  // what was refused counts nowhere
}

TEST(Gate, TokensAreCorrectedAfterwards) {
  const auto own = holder("k", false, with_rates({{}, 1000, {}}));
  const auto key = key_of({own});
  auto t = admit(key, ask(900));
  ASSERT_TRUE(t);
  EXPECT_EQ(t->rates().tokens->remaining, 100);
  EXPECT_FALSE(admit(key, ask(200)));
  t->settle(100, 0, start);
  EXPECT_TRUE(admit(key, ask(900)));
}

TEST(Gate, ARequestThatCanNeverFitIsToldNotToRetry) {
  const auto refused = admit(key_of({holder("k", false, with_rates({{}, 1000, {}}))}), ask(1001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "request_too_large");
  EXPECT_TRUE(refused.error().never_retry);
}

TEST(Gate, ConcurrencyIsGivenBackHoweverTheRequestEnds) {
  const auto key = key_of({holder("k", false, with_rates({{}, {}, 1}))});
  {
    auto first = admit(key, ask());
    ASSERT_TRUE(first);
    const auto second = admit(key, ask());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "concurrency_exceeded");
    auto moved = std::move(*first);
    EXPECT_FALSE(admit(key, ask()));
  }
  auto third = admit(key, ask());
  ASSERT_TRUE(third);
  third->settle(1, 1, start);
  EXPECT_TRUE(admit(key, ask()));
}

TEST(Gate, LimitsOfAModelHoldBesideTheOthers) {
  policy_terms terms;
  terms.limits.models["m"] = {1, {}, {}};
  const auto key = key_of({holder("k", false, terms)});
  EXPECT_TRUE(admit(key, ask()));
  EXPECT_FALSE(admit(key, ask()));
  auto other = ask();
  other.model = "n";
  EXPECT_TRUE(admit(key, other));
}

TEST(Gate, AModelOutsideTheListOfAnyHolderIsRefused) {
  policy_terms narrow;
  narrow.models = std::set<std::string>{"n"};
  const auto key = key_of({holder("k", false, {}), holder("team", true, narrow)});
  const auto refused = admit(key, ask());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 403);
  EXPECT_EQ(refused.error().code, "model_not_allowed");
  EXPECT_FALSE(key.may_use_model("m"));
  EXPECT_TRUE(key.may_use_model("n"));
}

TEST(Gate, ABudgetOfMoneyIsChargedWithWhatItCost) {
  const auto own = holder("k", false, with_budget({100, budget_unit::money, budget_period::day}));
  const auto key = key_of({own});
  auto t = admit(key, ask(10, 80));
  ASSERT_TRUE(t);
  const auto refused = admit(key, ask(10, 30));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "budget_exceeded");
  EXPECT_EQ(refused.error().type, "insufficient_quota");
  EXPECT_EQ(refused.error().retry_after, seconds(1));  // the one that runs may give some back
  t->settle(10, 50, start);
  EXPECT_EQ(own->spent->spent(), 50);
  EXPECT_TRUE(admit(key, ask(10, 50)));
  const auto over = admit(key, ask(10, 60));
  ASSERT_FALSE(over);
  EXPECT_TRUE(over.error().never_retry);
}

TEST(Gate, WhatHasNoPriceIsNeverBlockedByMoney) {
  const auto key = key_of({holder("k", false, with_budget({0, budget_unit::money, budget_period::day}))});
  EXPECT_TRUE(admit(key, ask(10, 0)));
  EXPECT_FALSE(admit(key, ask(10, 1)));
}

TEST(Gate, ARefusalByTheParentLeavesNothingReservedBelow) {
  const auto own = holder("k", false, with_budget({1000, budget_unit::tokens, budget_period::total}));
  const auto parent = holder("all", true, with_budget({5, budget_unit::tokens, budget_period::total}));
  EXPECT_FALSE(admit(key_of({own, parent}), ask(10)));
  EXPECT_EQ(own->spent->reserved(), 0);
  EXPECT_EQ(own->spent->spent(), 0);
}

TEST(Gate, ATicketThatIsDroppedChargesNothing) {
  const auto own = holder("k", false, with_budget({100, budget_unit::tokens, budget_period::total}));
  { ASSERT_TRUE(admit(key_of({own}), ask(100))); }
  EXPECT_EQ(own->spent->spent() + own->spent->reserved(), 0);
}

// --- the ring

random_fill chance() {
  return [rng = random_source(1)](std::span<std::uint8_t> out) mutable {
    for (auto& b : out) b = static_cast<std::uint8_t>(rng.next());
  };
}

struct ring_of_one {
  explicit ring_of_one(key_entry entry, std::int64_t ends_at = 0) : key(make_key(chance())) {
    std::unordered_map<token_hash, ring_token> tokens;
    tokens[hash_token(key.token.reveal())] = {std::make_shared<const key_entry>(std::move(entry)), ends_at};
    ring = key_ring(std::move(tokens));
  }
  std::string code_of(std::string_view token) const {
    const auto r = ring.authenticate(token, noon);
    return r ? "" : std::to_string(r.error().status) + " " + r.error().code.value_or("");
  }
  std::string code() const { return code_of(key.token.reveal()); }
  new_key key;
  key_ring ring;
};

TEST(KeyRing, EachWayToFailHasItsStatusAndCode) {
  const ring_of_one one(key_of({holder("k", false, {})}));
  EXPECT_EQ(one.code(), "");
  EXPECT_EQ(one.code_of(""), "401 missing_api_key");
  EXPECT_EQ(one.code_of("a b"), "401 invalid_api_key");
  EXPECT_EQ(one.code_of("sk-unknown"), "401 invalid_api_key");
  auto typo = std::string(one.key.token.reveal());
  typo[20] = typo[20] == 'a' ? 'b' : 'a';
  EXPECT_EQ(one.code_of(typo), "401 invalid_api_key");
  EXPECT_NE(one.ring.authenticate(typo, noon).error().message.find("mistyped"), std::string::npos);
  EXPECT_EQ(one.code_of(make_token(one.key.id, chance()).reveal()), "401 invalid_api_key");
}

TEST(KeyRing, RevokedExpiredReplacedAndDisabledKeysOpenNothing) {
  const auto now = duration_cast<seconds>(noon.time_since_epoch()).count();
  auto entry = key_of({holder("k", false, {})});
  entry.policy.expires_at = now + 1;
  EXPECT_EQ(ring_of_one(entry).code(), "");
  entry.policy.expires_at = now;
  EXPECT_EQ(ring_of_one(entry).code(), "401 expired_api_key");
  entry.policy.expires_at.reset();
  EXPECT_EQ(ring_of_one(entry, now).code(), "401 expired_api_key");
  EXPECT_EQ(ring_of_one(entry, now + 1).code(), "");
  entry.is_revoked = true;
  EXPECT_EQ(ring_of_one(entry).code(), "401 revoked_api_key");
  policy_terms off;
  off.is_disabled = true;
  EXPECT_EQ(ring_of_one(key_of({holder("k", false, {}), holder("team", true, off)})).code(), "403 api_key_disabled");
  auto strange = key_of({holder("k", false, {})});
  strange.is_unreadable = true;
  EXPECT_EQ(ring_of_one(strange).code(), "403 api_key_disabled");
}

TEST(KeyRing, AKeyOfAnotherGatewayIsFoundByItsHash) {
  std::unordered_map<token_hash, ring_token> tokens;
  tokens[hash_token("sk-1234567890")] = {std::make_shared<const key_entry>(key_of({holder("old", false, {})})), 0};
  const key_ring ring(std::move(tokens));
  EXPECT_TRUE(ring.authenticate("sk-1234567890", noon));
  EXPECT_FALSE(ring.authenticate("sk-1234567891", noon));
}

TEST(KeyRing, AChangedTokenLeavesTheRingBeforeItAsItWas) {
  const auto entry = std::make_shared<const key_entry>(key_of({holder("k", false, {})}));
  std::vector<key_ring::token_change> many;
  for (int i = 0; i < 5000; ++i) many.push_back({hash_token("sk-" + std::to_string(i)), ring_token{entry, 0}});
  const auto before = key_ring().with(many);
  EXPECT_EQ(before.size(), 5000u);
  const auto after = before.with({{hash_token("sk-7"), std::nullopt}, {hash_token("sk-new"), ring_token{entry, 0}},
                                  {hash_token("sk-8"), std::nullopt}, {hash_token("sk-8"), ring_token{entry, 0}}, {hash_token("sk-none"), std::nullopt}});
  EXPECT_EQ(after.size(), 5000u);
  EXPECT_TRUE(before.authenticate("sk-7", noon));
  EXPECT_FALSE(before.authenticate("sk-new", noon));
  EXPECT_FALSE(after.authenticate("sk-7", noon));
  EXPECT_TRUE(after.authenticate("sk-new", noon));
  EXPECT_TRUE(after.authenticate("sk-8", noon));
  EXPECT_TRUE(after.authenticate("sk-4999", noon));
  EXPECT_FALSE(key_ring().authenticate("sk-7", noon));
}

}  // namespace
}  // namespace edgemesh::admission
