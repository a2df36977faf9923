#include "accounts/ring_builder.hpp"


#include "admission/gate.hpp"
#include "admission/key_token.hpp"
#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

using admission::key_ring;

struct ring_fixture : book_fixture {
  /// Applies it and renews the ring.
  book_change renew(key_book::outcome outcome) {
    auto change = done(std::move(outcome));
    std::vector<subject_name> names;
    for (const auto& r : change.records) names.push_back({r.kind, r.id});
    builder.update(book.table(), names);
    return change;
  }
  std::string secret_of(std::string_view json) { return field(renew(book.create_key(json, by())).body, "key"); }
  std::shared_ptr<const admission::key_entry> entry(const std::string& token) {
    auto found = builder.ring()->authenticate(token, wall_time(milliseconds(now_ms)));
    return found ? *found : nullptr;
  }
  std::string code(const std::string& token) {
    const auto found = builder.ring()->authenticate(token, wall_time(milliseconds(now_ms)));
    return found ? "" : std::to_string(found.error().status) + " " + found.error().code.value_or("");
  }
  std::string admit(const std::string& token, std::int64_t cost = 0) {
    admission::gate_question q;
    q.model = "m";
    q.worst_cost = cost;
    q.wall = wall_time(milliseconds(now_ms));
    auto ticket = admission::admit(*entry(token), q);
    if (!ticket) return ticket.error().code.value_or("");
    ticket->settle(1, cost, q.now);
    return "";
  }
  ring_builder builder;
};

TEST(RingBuilder, AKeyOpensAndItsGroupsHoldToo) {
  ring_fixture f;
  f.renew(f.book.create_group(R"({"name":"org","sites":["fra"]})", f.by()));
  f.renew(f.book.create_group(R"({"name":"team","parent":"org","models":["m"]})", f.by()));
  const auto token = f.secret_of(R"({"name":"k","group":"team"})");
  const auto entry = f.entry(token);
  ASSERT_TRUE(entry);
  ASSERT_EQ(entry->holders.size(), 3u);
  EXPECT_FALSE(entry->holders[0]->is_group);
  EXPECT_EQ(entry->holders[1]->name, "team");
  EXPECT_EQ(entry->holders[2]->name, "org");
  EXPECT_TRUE(entry->may_use_model("m"));
  EXPECT_FALSE(entry->may_use_model("n"));
  EXPECT_FALSE(entry->may_use_site("ber"));
  f.renew(f.book.update_group("org", R"({"sites":null,"disabled":true})", f.by()));
  EXPECT_EQ(f.code(token), "403 api_key_disabled");
  EXPECT_TRUE(entry->may_use_model("m"));  // who holds the ring before keeps it
  f.renew(f.book.update_group("org", R"({"disabled":false})", f.by()));
  EXPECT_TRUE(f.entry(token)->may_use_site("ber"));
}

TEST(RingBuilder, ARevokedKeySaysSoAndARotatedOneOpensForItsGrace) {
  ring_fixture f;
  const auto token = f.secret_of("{}");
  const auto id = std::string(admission::id_of(token));
  const auto next = field(f.renew(f.book.rotate_key(id, R"({"grace":"1h"})", f.by())).body, "key");
  EXPECT_EQ(f.code(token), "");
  EXPECT_EQ(f.code(next), "");
  EXPECT_EQ(f.builder.ring()->size(), 2u);
  f.now_ms += 3601 * 1000;
  EXPECT_EQ(f.code(token), "401 expired_api_key");
  EXPECT_EQ(f.code(next), "");
  const auto last = field(f.renew(f.book.rotate_key(id, R"({"grace":0})", f.by())).body, "key");
  EXPECT_EQ(f.code(token), "401 invalid_api_key");  // its end was long ago: forgotten
  EXPECT_EQ(f.code(next), "401 expired_api_key");
  f.renew(f.book.revoke_key(id, f.by()));
  EXPECT_EQ(f.code(last), "401 revoked_api_key");
}

TEST(RingBuilder, ACountedRequestStaysCountedWhenALimitChanges) {
  ring_fixture f;
  const auto token = f.secret_of(R"({"limits":{"requests_per_minute":2,"models":{"m":{"requests_per_minute":2}}}})");
  const auto id = std::string(admission::id_of(token));
  EXPECT_EQ(f.admit(token), "");
  f.renew(f.book.update_key(id, R"({"name":"other","limits":{"concurrency":5}})", f.by()));
  EXPECT_EQ(f.admit(token), "");
  EXPECT_EQ(f.admit(token), "rate_limit_exceeded");
  f.renew(f.book.update_key(id, R"({"limits":{"requests_per_minute":null}})", f.by()));
  EXPECT_EQ(f.admit(token), "rate_limit_exceeded");  // the model's own
  f.builder.rebuild(f.book.table());
  EXPECT_EQ(f.admit(token), "rate_limit_exceeded");
}

TEST(RingBuilder, WhatWasSpentStaysSpentUntilTheUnitOrPeriodChanges) {
  ring_fixture f;
  f.renew(f.book.create_group(R"({"name":"g","budget":{"amount":"0.00001"}})", f.by()));
  const auto token = f.secret_of(R"({"group":"g","budget":{"amount":0.00001,"period":"total"}})");
  const subject_name key{subject_kind::key, std::string(admission::id_of(token))};
  ASSERT_EQ(f.builder.take_fresh().size(), 2u);
  EXPECT_TRUE(f.builder.take_fresh().empty());
  EXPECT_EQ(f.admit(token, 6), "");
  EXPECT_EQ(f.builder.find(key)->spent(), 6);
  EXPECT_EQ(f.admit(token, 6), "budget_exceeded");
  f.renew(f.book.update_group("g", R"({"budget":{"amount":1}})", f.by()));
  EXPECT_EQ(f.admit(token, 6), "budget_exceeded");  // the key's own
  f.renew(f.book.update_key(key.id, R"({"budget":{"amount":"0.000012"}})", f.by()));
  EXPECT_EQ(f.admit(token, 6), "");
  EXPECT_EQ(f.builder.find(key)->spent(), 12);
  EXPECT_TRUE(f.builder.take_fresh().empty());
  f.renew(f.book.update_key(key.id, R"({"budget":{"period":"day"}})", f.by()));
  const auto fresh = f.builder.take_fresh();
  ASSERT_EQ(fresh.size(), 1u);
  EXPECT_EQ(fresh[0].name, key);
  EXPECT_EQ(fresh[0].limit.period, budget_period::day);
  EXPECT_EQ(fresh[0].spent, f.builder.find(key));
  EXPECT_EQ(fresh[0].spent->spent(), 0);
  f.renew(f.book.update_key(key.id, R"({"budget":null})", f.by()));
  EXPECT_EQ(f.builder.find(key), nullptr);
  EXPECT_EQ(f.builder.find({subject_kind::key, "nobody0000"}), nullptr);
}

TEST(RingBuilder, AKeyOfAGroupThatIsNotKnownOpensNothing) {
  ring_fixture f, other;
  other.book.take_store(book_fixture::options_of(2).store);
  other.renew(other.book.create_group(R"({"name":"g"})", other.by()));
  const auto token = other.secret_of(R"({"group":"g"})");
  const auto id = std::string(admission::id_of(token));
  const subject_name key{subject_kind::key, id};
  ASSERT_TRUE(f.book.join(key, other.book.table().find(key)->body()).changed);
  f.builder.update(f.book.table(), {&key, 1});
  EXPECT_EQ(f.code(token), "403 api_key_disabled");
  const subject_name group{subject_kind::group, other.policy(id).group};
  ASSERT_TRUE(f.book.join(group, other.book.table().find(group)->body()).changed);
  f.builder.update(f.book.table(), {&group, 1});
  EXPECT_EQ(f.code(token), "");
}

TEST(RingBuilder, OfASecretThatTwoNodesImportedOneKeyHoldsTheSameEverywhere) {
  ring_fixture a, b;
  b.book = key_book(book_fixture::options_of(2));
  a.renew(a.book.import_keys(R"({"secret":"sk-old","name":"a"})", a.by()));
  b.renew(b.book.import_keys(R"({"secret":"sk-old","name":"b"})", b.by()));
  const auto id_a = a.book.table().keys().begin()->first, id_b = b.book.table().keys().begin()->first;
  ASSERT_NE(id_a, id_b);
  const auto swap = [](ring_fixture& to, ring_fixture& from, const std::string& id) {
    const subject_name name{subject_kind::key, id};
    to.book.join(name, from.book.table().find(name)->body());
    to.builder.update(to.book.table(), {&name, 1});
  };
  swap(a, b, id_b);
  swap(b, a, id_a);
  EXPECT_EQ(a.entry("sk-old")->id, std::min(id_a, id_b));
  EXPECT_EQ(b.entry("sk-old")->id, std::min(id_a, id_b));
  a.renew(a.book.revoke_key(std::max(id_a, id_b), a.by()));
  EXPECT_EQ(a.code("sk-old"), "401 revoked_api_key");
}

TEST(RingBuilder, OneChangedKeyAmongManyCostsLittle) {
  const int keys = 2000;
  ring_fixture f;
  f.renew(f.book.create_group(R"({"name":"all","limits":{"concurrency":100000}})", f.by()));
  std::string lines;
  for (int i = 0; i < keys; ++i)
    lines += R"({"secret":"sk-)" + std::to_string(i) + R"(","name":"key )" + std::to_string(i) + R"(","owner":"o","group":"all","models":["m","n"]})" "\n";
  f.done(f.book.import_keys(lines, f.by()));
  const auto before = f.builder.rebuild(f.book.table());
  EXPECT_EQ(before->size(), static_cast<std::size_t>(keys));
  const auto kept = f.entry("sk-5"), id = f.entry("sk-7");
  f.renew(f.book.update_key(id->id, R"({"disabled":true})", f.by()));
  EXPECT_EQ(f.code("sk-7"), "403 api_key_disabled");
  EXPECT_EQ(f.entry("sk-5"), kept);  // shared, not made anew
  f.renew(f.book.update_group("all", R"({"limits":{"concurrency":1}})", f.by()));
  EXPECT_EQ(f.entry("sk-5")->holders[1]->terms.limits.all.concurrency, 1);
  EXPECT_EQ(f.entry("sk-5")->holders[0], kept->holders[0]);
}

}  // namespace
}  // namespace edgemesh::accounts
