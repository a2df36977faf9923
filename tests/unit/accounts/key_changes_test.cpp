#include "admission/token_hash.hpp"
#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

constexpr std::string_view everything = R"({"name":"build farm","role":"viewer","owner":"ops@example.org","tags":["ci","night"],
  "models":["llama3.2:3b"],"backends":[],"sites":["fra"],"data_class":"Internal",
  "limits":{"requests_per_minute":60,"tokens_per_minute":100000,"concurrency":4,"models":{"qwen":{"tokens_per_minute":5000}}},
  "budget":{"amount":25.5,"unit":"money","period":"week"},"strict":true,"cache":"isolated","disabled":true,"max_tokens":2048,
  "expires_at":"2027-02-01T00:00:00+01:00"})";

TEST(KeyChanges, ANewKeyIsToldOnceAndKeptAsItsHash) {
  book_fixture f;
  const auto change = f.done(f.book.create_key(everything, f.by()));
  EXPECT_EQ(change.status, 201);
  const auto token = field(change.body, "key"), id = field(change.body, "id");
  EXPECT_EQ(admission::form_of(token), admission::token_form::own);
  EXPECT_EQ(admission::id_of(token), id);
  ASSERT_EQ(change.records.size(), 1u);
  EXPECT_EQ(change.records[0].id, id);
  const auto& secrets = change.records[0].body.secrets;
  ASSERT_EQ(secrets.size(), 1u);
  EXPECT_EQ(secrets.begin()->first.view(), admission::hash_token(token).view());
  EXPECT_EQ(proto::write_policy(change.records[0].body).find(token.substr(13, 43)), std::string::npos);
  const auto page = f.page(id);
  EXPECT_EQ(page.find(token.substr(13, 43)), std::string::npos);
  EXPECT_EQ(page.find("\"key\""), std::string::npos);
  EXPECT_EQ(page.find(secrets.begin()->first.to_hex()), std::string::npos);
  ASSERT_EQ(change.audit.size(), 1u);
  EXPECT_EQ(change.audit[0].actor, "adminkey01");
  EXPECT_EQ(change.audit[0].action, "key.create");
  EXPECT_EQ(change.audit[0].subject, id);
  EXPECT_NE(change.audit[0].details.at(0).second.find("limits.requests_per_minute"), std::string::npos);
}

TEST(KeyChanges, EveryFieldIsTakenAndShown) {
  book_fixture f;
  const auto id = f.new_key(everything);
  const auto p = f.policy(id);
  EXPECT_EQ(p.name, "build farm");
  EXPECT_EQ(p.role, key_role::viewer);
  EXPECT_EQ(p.terms.data_class, "internal");
  EXPECT_EQ(p.terms.backends, std::set<std::string>{});
  EXPECT_EQ(p.terms.limits.all, (rate_limits{60, 100000, 4}));
  EXPECT_EQ(p.terms.limits.models.at("qwen"), (rate_limits{std::nullopt, 5000, std::nullopt}));
  EXPECT_EQ(p.terms.budget, (budget{25'500'000, budget_unit::money, budget_period::week}));
  EXPECT_EQ(p.cache, cache_sharing::isolated);
  EXPECT_EQ(p.max_tokens, 2048);
  EXPECT_EQ(p.expires_at, 1'801'436'400);
  EXPECT_EQ(f.page(id),
            R"({"id":")" + id + R"(","name":"build farm","role":"viewer","owner":"ops@example.org","group":null,"group_name":null,"tags":["ci","night"],)"
            R"("models":["llama3.2:3b"],"backends":[],"sites":["fra"],"data_class":"internal","limits":{"requests_per_minute":60,)"
            R"("tokens_per_minute":100000,"concurrency":4,"models":{"qwen":{"requests_per_minute":null,"tokens_per_minute":5000,"concurrency":null}}},)"
            R"("budget":{"amount":25.5,"unit":"money","period":"week"},"disabled":true,"strict":true,"cache":"isolated","max_tokens":2048,)"
            R"("expires_at":"2027-01-31T23:00:00Z","revoked":false,"unreadable":false,"secrets":1,"created_at":"2027-01-15T08:00:00.001Z",)"
            R"("created_by":"adminkey01","changed_at":"2027-01-15T08:00:00.001Z","changed_by":"adminkey01","conflicts":[]})");
}

TEST(KeyChanges, AnUpdateChangesOnlyWhatItNamesAndNullIsTheDefault) {
  book_fixture f;
  const auto id = f.new_key(everything);
  auto wanted = f.policy(id);
  f.done(f.book.update_key(id, R"({"limits":{"requests_per_minute":5,"models":{"m":{"concurrency":1}}},"owner":null})", f.by()));
  wanted.terms.limits.all.requests_per_minute = 5;
  wanted.terms.limits.models["m"].concurrency = 1;
  wanted.owner.clear();
  EXPECT_EQ(f.policy(id), wanted);
  f.done(f.book.update_key(id, R"({"limits":{"models":{"m":null,"qwen":{"tokens_per_minute":null}}},"budget":{"amount":"3"}})", f.by()));
  wanted.terms.limits.models.clear();
  wanted.terms.budget->amount = 3'000'000;
  EXPECT_EQ(f.policy(id), wanted);
  f.done(f.book.update_key(id, R"({"budget":{"period":"day"},"expires_at":1800000001})", f.by()));
  wanted.terms.budget->period = budget_period::day;
  wanted.expires_at = 1'800'000'001;
  EXPECT_EQ(f.policy(id), wanted);
  const auto change = f.done(f.book.update_key(id, R"({"name":null,"role":null,"tags":null,"models":null,"backends":null,"sites":null,"data_class":null,
    "limits":null,"budget":null,"strict":null,"cache":null,"disabled":null,"max_tokens":null,"expires_at":null,"group":null})", f.by()));
  EXPECT_EQ(f.policy(id), key_policy{});
  EXPECT_EQ(change.records.size(), 1u);
  const auto nothing = f.book.update_key(id, "{}", f.by());
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->records.empty());
  EXPECT_TRUE(nothing->audit.empty());
}

TEST(KeyChanges, BadInputNamesItsFieldAndChangesNothing) {
  book_fixture f;
  const auto id = f.new_key(everything);
  const auto before = *f.book.table().find({subject_kind::key, id});
  const std::pair<std::string, std::string> cases[] = {
    {R"({"name":5})", "400 invalid_value name"},
    {R"({"name":"a\nb"})", "400 invalid_value name"},
    {R"({"name":")" + std::string(257, 'x') + "\"}", "400 invalid_value name"},
    {R"({"role":"root"})", "400 invalid_value role"},
    {R"({"role":7})", "400 invalid_value role"},
    {R"({"owner":["x"]})", "400 invalid_value owner"},
    {R"({"group":"nobody"})", "404 group_not_found group"},
    {R"({"group":1})", "400 invalid_value group"},
    {R"({"tags":"ci"})", "400 invalid_value tags"},
    {R"({"tags":[""]})", "400 invalid_value tags"},
    {R"({"tags":[null]})", "400 invalid_value tags"},
    {R"({"models":{"m":1}})", "400 invalid_value models"},
    {R"({"models":[3]})", "400 invalid_value models"},
    {R"({"data_class":"secret"})", "400 invalid_value data_class"},
    {R"({"limits":5})", "400 invalid_value limits"},
    {R"({"limits":{"requests_per_minute":0}})", "400 invalid_value limits.requests_per_minute"},
    {R"({"limits":{"requests_per_minute":-1}})", "400 invalid_value limits.requests_per_minute"},
    {R"({"limits":{"requests_per_minute":1000000001}})", "400 invalid_value limits.requests_per_minute"},
    {R"({"limits":{"tokens_per_minute":99999999999999999999999}})", "400 invalid_value limits.tokens_per_minute"},
    {R"({"limits":{"tokens_per_minute":1.5}})", "400 invalid_value limits.tokens_per_minute"},
    {R"({"limits":{"concurrency":"4"}})", "400 invalid_value limits.concurrency"},
    {R"({"limits":{"concurency":4}})", "400 unknown_field limits.concurency"},
    {R"({"limits":{"models":{"m":{"concurrency":-4}}}})", "400 invalid_value limits.models.m.concurrency"},
    {R"({"limits":{"models":{"m":{"models":{}}}}})", "400 unknown_field limits.models.m.models"},
    {R"({"limits":{"models":{"":{}}}})", "400 invalid_value limits.models."},
    {R"({"limits":{"models":{"m":{},"m":{}}}})", "400 invalid_value limits.models.m"},
    {R"({"limits":{"models":[]}})", "400 invalid_value limits.models"},
    {R"({"budget":5})", "400 invalid_value budget"},
    {R"({"budget":{"amount":-5}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":1.0000001}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":1e3}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":1000000001}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":true}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":5,"unit":"euro"}})", "400 invalid_value budget.unit"},
    {R"({"budget":{"amount":5,"unit":null}})", "400 invalid_value budget.unit"},
    {R"({"budget":{"amount":5,"period":"year"}})", "400 invalid_value budget.period"},
    {R"({"budget":{"unit":"tokens"}})", "400 missing_field budget.amount"},
    {R"({"budget":{"amount":1.5,"unit":"tokens"}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":1000000000000000001,"unit":"tokens"}})", "400 invalid_value budget.amount"},
    {R"({"budget":{"amount":5,"currency":"EUR"}})", "400 unknown_field budget.currency"},
    {R"({"strict":"yes"})", "400 invalid_value strict"},
    {R"({"cache":"none"})", "400 invalid_value cache"},
    {R"({"disabled":0})", "400 invalid_value disabled"},
    {R"({"max_tokens":0})", "400 invalid_value max_tokens"},
    {R"({"max_tokens":1000000000001})", "400 invalid_value max_tokens"},
    {R"({"expires_at":"tomorrow"})", "400 invalid_value expires_at"},
    {R"({"expires_at":-1})", "400 invalid_value expires_at"},
    {R"({"expires_at":253402300800})", "400 invalid_value expires_at"},
    {R"({"expires_at":1.5})", "400 invalid_value expires_at"},
    {R"({"expires_at":true})", "400 invalid_value expires_at"},
    {R"({"nmae":"x"})", "400 unknown_field nmae"},
    {R"({"id":"x"})", "400 read_only_field id"},
    {R"({"sha256":"x"})", "400 unknown_field sha256"},
    {R"({"name":"a","name":"b"})", "400 invalid_value name"},
    {R"(["name"])", "400 invalid_json"},
    {R"({"name":"a")", "400 invalid_json"},
    {"", "400 invalid_json"},
  };
  for (const auto& [body, error] : cases) {
    EXPECT_EQ(book_fixture::refused(f.book.update_key(id, body, f.by())), error) << body;
    EXPECT_EQ(book_fixture::refused(f.book.create_key(body, f.by())), error) << body;
  }
  EXPECT_EQ(*f.book.table().find({subject_kind::key, id}), before);
  EXPECT_EQ(f.book.table().keys().size(), 1u);
}

TEST(KeyChanges, AnUnknownFieldIsToldWithTheNearest) {
  book_fixture f;
  const auto outcome = f.book.create_key(R"({"max_token":5})", f.by());
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("did you mean max_tokens?"), std::string::npos) << outcome.error().message;
}

TEST(KeyChanges, WhatARecordCannotHoldIsRefused) {
  book_fixture f;
  std::string many, long_names;
  for (int i = 0; i < 129; ++i) many += (i ? ",\"" : "\"") + std::to_string(i) + "\"";
  for (int i = 0; i < 17; ++i) long_names += (i ? ",\"" : "\"") + std::string(250, static_cast<char>('a' + i)) + "\"";
  EXPECT_EQ(book_fixture::refused(f.book.create_key("{\"tags\":[" + many + "]}", f.by())), "400 invalid_value tags");
  EXPECT_EQ(book_fixture::refused(f.book.create_key("{\"models\":[" + long_names + "]}", f.by())), "400 value_too_long models");
  EXPECT_TRUE(f.book.table().keys().empty());
}

TEST(KeyChanges, ListsThatDoNotFitOneRecordTogetherAreRefused) {
  book_fixture f;
  std::string long_names;
  for (int i = 0; i < 15; ++i) long_names += (i ? ",\"" : "\"") + std::string(250, static_cast<char>('a' + i)) + "\"";
  EXPECT_EQ(book_fixture::refused(f.book.create_key("{\"models\":[" + long_names + "],\"backends\":[" + long_names + "]}", f.by())), "409 record_full");
  EXPECT_TRUE(f.book.table().keys().empty());
  f.new_key("{\"models\":[" + long_names + "]}");
}

TEST(KeyChanges, TheLastAdminKeyThatWorksStays) {
  book_fixture f;
  const auto first = f.new_key(R"({"role":"admin"})");
  const auto refusal = "409 last_admin_key";
  EXPECT_EQ(book_fixture::refused(f.book.revoke_key(first, f.by())), refusal);
  for (const char* less : {R"({"disabled":true})", R"({"role":"viewer"})", R"({"expires_at":1})"})
    EXPECT_EQ(book_fixture::refused(f.book.update_key(first, less, f.by())), refusal) << less;
  f.done(f.book.update_key(first, R"({"name":"still one"})", f.by()));
  const auto off = f.new_key(R"({"role":"admin","disabled":true})");
  EXPECT_EQ(book_fixture::refused(f.book.revoke_key(first, f.by())), refusal) << "one that does not work is none";
  f.done(f.book.revoke_key(off, f.by()));
  const auto second = f.new_key(R"({"role":"admin"})");
  f.done(f.book.revoke_key(first, f.by()));
  EXPECT_EQ(book_fixture::refused(f.book.revoke_key(second, f.by())), refusal);
}

TEST(KeyChanges, TheLargestValuesAreKept) {
  book_fixture f;
  const auto id = f.new_key(R"({"limits":{"requests_per_minute":1000000000,"tokens_per_minute":1e9,"concurrency":1000000000},"max_tokens":1000000000000,
    "budget":{"amount":1000000000000000000,"unit":"tokens","period":"total"},"expires_at":253402300799})");
  EXPECT_FALSE(f.book.table().key(id)->is_unreadable);
  EXPECT_EQ(f.policy(id).terms.budget->amount, budget::amount_max);
  EXPECT_EQ(f.policy(id).max_tokens, 1'000'000'000'000);
  const auto rich = f.new_key(R"({"budget":{"amount":"1000000000.000000"}})");
  EXPECT_EQ(f.policy(rich).terms.budget->amount, 1'000'000'000'000'000);
  EXPECT_NE(f.page(rich).find(R"("amount":1000000000,)"), std::string::npos);
}

TEST(KeyChanges, RevocationIsForEver) {
  book_fixture f;
  const auto id = f.new_key(R"({"name":"x"})");
  const auto change = f.done(f.book.revoke_key(id, f.by()));
  EXPECT_EQ(change.ended_keys, std::vector<std::string>{id});
  EXPECT_EQ(change.audit.at(0).action, "key.revoke");
  EXPECT_NE(f.page(id).find(R"("revoked":true,"unreadable":false,"secrets":0)"), std::string::npos);
  EXPECT_EQ(book_fixture::refused(f.book.update_key(id, R"({"disabled":false})", f.by())), "409 key_revoked");
  EXPECT_EQ(book_fixture::refused(f.book.rotate_key(id, "", f.by())), "409 key_revoked");
  const auto again = f.book.revoke_key(id, f.by());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->records.empty());
  EXPECT_TRUE(again->audit.empty());
  EXPECT_EQ(book_fixture::refused(f.book.revoke_key("nobody0000", f.by())), "404 key_not_found");
}

TEST(KeyChanges, ARotatedKeyKeepsItsOldSecretForTheGrace) {
  book_fixture f;
  const auto id = f.new_key("{}");
  const auto ends = [&] {
    std::multiset<std::int64_t> out;
    for (const auto& [_, end] : f.book.table().find({subject_kind::key, id})->body().secrets) out.insert(end);
    return out;
  };
  const auto first = f.done(f.book.rotate_key(id, "", f.by()));
  EXPECT_EQ(admission::id_of(field(first.body, "key")), id);
  EXPECT_EQ(ends(), (std::multiset<std::int64_t>{0, noon_s + 86400}));
  f.done(f.book.rotate_key(id, R"({"grace":"30m"})", f.by()));
  EXPECT_EQ(ends(), (std::multiset<std::int64_t>{0, noon_s + 1800, noon_s + 1800}));
  f.done(f.book.rotate_key(id, R"({"grace":60})", f.by()));
  f.done(f.book.rotate_key(id, R"({"grace":null})", f.by()));
  EXPECT_EQ(ends(), (std::multiset<std::int64_t>{0, noon_s + 60, noon_s + 60, noon_s + 60, noon_s + 86400}));
  f.now_ms += 61 * 1000;
  EXPECT_NE(f.page(id).find(R"("secrets":2,)"), std::string::npos);
  f.done(f.book.rotate_key(id, R"({"grace":0})", f.by()));  // those over are forgotten
  EXPECT_EQ(ends().size(), 3u);
  for (const char* bad : {R"({"grace":-1})", R"({"grace":"soon"})", R"({"grace":true})", R"({"grace":"401d"})", R"({"grace":34560001})", R"({"grace":1.5})"})
    EXPECT_EQ(book_fixture::refused(f.book.rotate_key(id, bad, f.by())), "400 invalid_value grace") << bad;
  EXPECT_EQ(book_fixture::refused(f.book.rotate_key(id, R"({"grce":1})", f.by())), "400 unknown_field grce");
  for (int i = 0; i < 13; ++i) f.done(f.book.rotate_key(id, "", f.by()));
  EXPECT_EQ(book_fixture::refused(f.book.rotate_key(id, "", f.by())), "409 too_many_secrets");
}

TEST(KeyChanges, ADisabledKeysRequestsEnd) {
  book_fixture f;
  const auto id = f.new_key("{}");
  EXPECT_TRUE(f.done(f.book.update_key(id, R"({"name":"x"})", f.by())).ended_keys.empty());
  EXPECT_EQ(f.done(f.book.update_key(id, R"({"disabled":true})", f.by())).ended_keys, std::vector<std::string>{id});
  EXPECT_TRUE(f.done(f.book.update_key(id, R"({"name":"y"})", f.by())).ended_keys.empty());
  EXPECT_TRUE(f.done(f.book.update_key(id, R"({"disabled":false})", f.by())).ended_keys.empty());
  f.new_group(R"({"name":"closed","disabled":true})");
  EXPECT_EQ(f.done(f.book.update_key(id, R"({"group":"closed"})", f.by())).ended_keys, std::vector<std::string>{id});
}

TEST(KeyChanges, AChangeOfABookThatIsNoMoreIsNotApplied) {
  book_fixture f;
  const auto id = f.new_key("{}");
  const auto one = f.book.update_key(id, R"({"name":"one"})", f.by()), two = f.book.update_key(id, R"({"name":"two"})", f.by());
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(f.book.apply(*one));
  EXPECT_FALSE(f.book.apply(*two));
  EXPECT_EQ(f.policy(id).name, "one");
}

TEST(KeyChanges, ANewStoreGetsAnAdmin) {
  book_fixture f;
  auto first = f.book.first_admin_key(f.by({"", key_role::admin, ""}));
  EXPECT_EQ(first.change.body.find(first.token.reveal()), std::string::npos);
  const auto id = std::string(admission::id_of(first.token.reveal()));
  ASSERT_TRUE(f.book.apply(first.change));
  EXPECT_EQ(f.policy(id).role, key_role::admin);
  EXPECT_EQ(f.policy(id).name, "first admin");
  EXPECT_EQ(f.book.table().key_of(*content_hash::from_bytes(admission::hash_token(first.token.reveal()).view())), id);
}

TEST(KeyChanges, WhatIsLoadedIsWhatWasWritten) {
  book_fixture f, again;
  f.new_group(R"({"name":"g"})");
  const auto id = f.new_key(R"({"name":"x","group":"g","budget":{"amount":1}})");
  for (const auto kind : {subject_kind::key, subject_kind::group})
    for (const auto& [subject, registers] : kind == subject_kind::key ? f.book.table().keys() : f.book.table().groups())
      ASSERT_TRUE(again.book.load({kind, subject}, proto::read_policy(proto::write_policy(registers.body())).value()));
  EXPECT_EQ(again.policy(id), f.policy(id));
  EXPECT_FALSE(again.book.load({subject_kind::key, "no id"}, {}));
}

}  // namespace
}  // namespace edgemesh::accounts
