#include "admission/token_hash.hpp"
#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

content_hash hash_of(std::string_view secret) { return *content_hash::from_bytes(admission::hash_token(secret).view()); }

struct import_fixture : book_fixture {
  book_change import(std::string_view text) { return done(book.import_keys(text, by())); }
  std::string refusal_of(std::string_view text) { return refused(book.import_keys(text, by())); }
  std::string words_of(std::string_view text) {
    const auto outcome = book.import_keys(text, by());
    return outcome ? "" : outcome.error().message;
  }
  key_policy of(std::string_view secret) {
    const auto id = book.table().key_of(hash_of(secret));
    EXPECT_TRUE(id) << secret;
    return id ? policy(*id) : key_policy{};
  }
};

TEST(KeyImport, LinesAndArraysMeanTheSame) {
  import_fixture f, g, h;
  for (auto* x : {&f, &g, &h}) x->new_group(R"({"name":"team"})");
  const std::string one = R"({"sha256":")" + hash_of("sk-a").to_hex() + R"(","name":"a","group":"team","models":["m"],"limits":{"requests_per_minute":5},)"
                          R"("budget":{"amount":1,"unit":"tokens","period":"day"},"expires_at":1800000000})";
  const std::string two = R"({"secret":"sk-b"})";
  const auto change = f.import("\n" + one + "\r\n\n  " + two + "\n");
  EXPECT_EQ(change.status, 201);
  EXPECT_EQ(field(change.body, "imported"), "2");
  EXPECT_EQ(field(change.body, "unchanged"), "0");
  EXPECT_NE(change.body.find(R"("name":"a","from":"line 2"})"), std::string::npos) << change.body;
  EXPECT_EQ(change.body.find("sk-b"), std::string::npos);
  g.import("[" + one + ",\n" + two + "]");
  h.import("{\"keys\":[" + one + ",\n" + two + "]}");
  EXPECT_EQ(f.of("sk-a").terms.budget, (budget{1, budget_unit::tokens, budget_period::day}));
  EXPECT_EQ(f.book.table().keys_in(f.of("sk-a").group).size(), 1u);
  for (auto* x : {&g, &h}) {
    EXPECT_EQ(x->of("sk-a"), f.of("sk-a"));
    EXPECT_EQ(x->of("sk-b"), f.of("sk-b"));
  }
  EXPECT_EQ(change.audit.at(0).action, "key.import");
}

TEST(KeyImport, AgainTheSameChangesNothingAndAnotherIsRefusedByName) {
  import_fixture f;
  const std::string text = R"({"secret":"sk-a","name":"a"})" "\n" R"({"secret":"sk-b","name":"b"})";
  f.import(text);
  const auto again = f.book.import_keys(text + "\n" R"({"secret":"sk-c"})", f.by());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->records.size(), 1u);
  EXPECT_EQ(field(again->body, "unchanged"), "2");
  const auto words = f.words_of(R"({"secret":"sk-a","name":"a"})" "\n" R"({"secret":"sk-c"})" "\n" R"({"secret":"sk-b","name":"b","owner":"x"})");
  EXPECT_EQ(words.substr(0, 20), "line 3: This is key ") << words;
  EXPECT_EQ(f.refusal_of(R"({"secret":"sk-b"})"), "409 key_exists");
  EXPECT_NE(f.words_of(R"({"secret":"sk-b"})").find("(b)"), std::string::npos);
  EXPECT_EQ(f.book.table().keys().size(), 2u);
  EXPECT_EQ(f.words_of(R"({"secret":"sk-x"})" "\n" R"({"secret":"sk-y"})" "\n" R"({"secret":"sk-x"})"), "line 3: This is the key of line 1 again.");
  f.done(f.book.revoke_key(*f.book.table().key_of(hash_of("sk-a")), f.by()));
  EXPECT_EQ(f.refusal_of(text), "409 key_revoked");
}

TEST(KeyImport, AllOrNothingAndTheLineIsNamed) {
  import_fixture f;
  const std::pair<std::string, std::string> cases[] = {
    {R"({"name":"x"})", "400 invalid_value sha256"},
    {R"({"secret":"sk-a","sha256":"00"})", "400 invalid_value sha256"},
    {R"({"sha256":"00"})", "400 invalid_value sha256"},
    {R"({"sha256":5})", "400 invalid_value sha256"},
    {R"({"secret":""})", "400 invalid_value secret"},
    {R"({"secret":"a b"})", "400 invalid_value secret"},
    {R"({"secret":"em_short"})", "400 invalid_value secret"},
    {R"({"secret":"sk-a","limits":{"tokens_per_minute":-1}})", "400 invalid_value limits.tokens_per_minute"},
    {R"({"secret":"sk-a","group":"nobody"})", "404 group_not_found group"},
    {R"({"secret":"sk-a","models_":[]})", "400 unknown_field models_"},
    {R"({"secret":"sk-a","budget":{"amount":1,"unit":"cents"}})", "400 invalid_value budget.unit"},
    {R"({"secret":)", "400 invalid_json"},
    {R"("sk-a")", "400 invalid_json"},
    {R"([{"secret":"sk-a"}])", "400 invalid_json"},
    {R"({"keys":["sk-a"]})", "400 invalid_json"},
  };
  for (const auto& [line, error] : cases) {
    const auto text = R"({"secret":"sk-good"})" "\n" + line;
    EXPECT_EQ(f.refusal_of(text), error) << line;
    EXPECT_EQ(f.words_of(text).substr(0, 6), "line 2") << line;
    EXPECT_EQ(f.words_of(text).find("sk-a"), std::string::npos) << line;
  }
  EXPECT_EQ(f.words_of(R"([{"secret":"sk-a"},{"secret":"sk-b","x":1}])").substr(0, 8), "entry 2:");
  EXPECT_EQ(f.refusal_of(""), "400 invalid_json");
  EXPECT_EQ(f.refusal_of("[{]"), "400 invalid_json");
  EXPECT_EQ(f.refusal_of("5"), "400 invalid_json");
  EXPECT_TRUE(f.book.table().keys().empty());
}

TEST(KeyImport, IsBounded) {
  import_fixture f;
  std::string many = "[0";
  for (std::size_t i = 0; i < key_book::import_lines_max + 1; ++i) many += ",{\"secret\":\"" + std::to_string(i) + "\"}";
  many[1] = ' ';
  many[2] = ' ';
  EXPECT_EQ(f.refusal_of(many + "]").substr(0, 4), "413 ");
  EXPECT_EQ(f.refusal_of(std::string(key_book::import_bytes_max + 1, ' ')).substr(0, 4), "413 ");
}

TEST(KeyImport, AKeyOfAnotherNodeKeepsItsId) {
  import_fixture f, other;
  other.book = key_book(book_fixture::options_of(2));
  const auto token = field(other.done(other.book.create_key("{}", other.by())).body, "key");
  f.import("{\"secret\":\"" + token + "\"}");
  EXPECT_EQ(f.book.table().key_of(hash_of(token)), std::string(admission::id_of(token)));
}

// What LiteLLM's GET /key/list?return_full_object=true answers, shortened.
constexpr std::string_view litellm = R"({"keys":[
  {"token":"2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B","key_name":"sk-...cret","key_alias":"ci","spend":0.25,
   "expires":"2027-02-01T00:00:00+00:00","models":["gpt-4o","llama3"],"aliases":{},"config":{},"user_id":"u-1","team_id":"team-1",
   "max_parallel_requests":3,"metadata":{},"tpm_limit":100000,"rpm_limit":60,"max_budget":10.1,"budget_duration":"30d","blocked":null,
   "model_rpm_limit":{"llama3":5},"tags":["night"],"created_at":"2026-01-01T00:00:00Z","permissions":{}},
  {"token":"0000000000000000000000000000000000000000000000000000000000000001","key_alias":null,"models":["all-team-models"],"team_id":"gone",
   "max_budget":1e-05,"budget_duration":"90d","expires":"2027-02-01T00:00:00","metadata":{"a":1},"tpm_limit":null,"rpm_limit":0,"spend":0.0},
  {"token":"0000000000000000000000000000000000000000000000000000000000000002","models":[],"blocked":true,"max_budget":null}],
  "total_count":3,"current_page":1,"total_pages":1})";

TEST(KeyImport, TakesWhatLiteLlmLists) {
  import_fixture f;
  const auto team = f.new_group(R"({"name":"team-1"})");
  const auto change = f.import(litellm);
  EXPECT_EQ(field(change.body, "imported"), "3");
  EXPECT_EQ(field(change.body, "left_out"),
            R"({"budget_duration":1,"created_at":1,"key_name":1,"metadata":1,"rpm_limit":1,"spend":1,"team_id":1})");
  const auto first = f.of("secret");  // its SHA-256 stands in the list
  EXPECT_EQ(first.name, "ci");
  EXPECT_EQ(first.owner, "u-1");
  EXPECT_EQ(first.group, team);
  EXPECT_EQ(first.tags, std::vector<std::string>{"night"});
  EXPECT_EQ(first.terms.models, (std::set<std::string>{"gpt-4o", "llama3"}));
  EXPECT_EQ(first.terms.limits.all, (rate_limits{60, 100000, 3}));
  EXPECT_EQ(first.terms.limits.models.at("llama3"), (rate_limits{5, std::nullopt, std::nullopt}));
  EXPECT_EQ(first.terms.budget, (budget{10'100'000, budget_unit::money, budget_period::month}));
  EXPECT_EQ(first.expires_at, 1'801'440'000);
  const auto second = f.policy(*f.book.table().key_of(*content_hash::from_hex(std::string(63, '0') + "1")));
  EXPECT_EQ(second.terms.models, std::nullopt);
  EXPECT_EQ(second.group, "");
  EXPECT_EQ(second.terms.budget, (budget{10, budget_unit::money, budget_period::total}));
  EXPECT_EQ(second.expires_at, 1'801'440'000);
  EXPECT_TRUE(second.terms.is_disabled);  // a rate of 0 lets nothing through
  const auto third = f.policy(*f.book.table().key_of(*content_hash::from_hex(std::string(63, '0') + "2")));
  EXPECT_EQ(third.terms.models, std::nullopt);
  EXPECT_EQ(third.terms.budget, std::nullopt);
  EXPECT_TRUE(third.terms.is_disabled);
  const auto again = f.book.import_keys(litellm, f.by());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->records.empty());
  EXPECT_EQ(field(again->body, "unchanged"), "3");
}

TEST(KeyImport, ALiteLlmKeyALineWorksToo) {
  import_fixture f;
  const std::string key = R"({"token":")" + hash_of("sk-a").to_hex() + R"(","key_alias":"a"})";
  f.import(key + "\n" + R"({"keys":[{"token":")" + hash_of("sk-b").to_hex() + R"("}]})");
  EXPECT_EQ(f.of("sk-a").name, "a");
  EXPECT_EQ(f.of("sk-b").name, "");
  const std::pair<std::string, std::string> cases[] = {
    {R"({"token":"sk-a"})", "400 invalid_value token"},
    {R"({"token":5})", "400 invalid_value token"},
    {R"({"token":"TOKEN","models":"x"})", "400 invalid_value models"},
    {R"({"token":"TOKEN","rpm_limit":-1})", "400 invalid_value rpm_limit"},
    {R"({"token":"TOKEN","tpm_limit":1e10})", "400 invalid_value tpm_limit"},
    {R"({"token":"TOKEN","max_budget":-1})", "400 invalid_value max_budget"},
    {R"({"token":"TOKEN","max_budget":"5"})", "400 invalid_value max_budget"},
    {R"({"token":"TOKEN","max_budget":1e10})", "400 invalid_value max_budget"},
    {R"({"token":"TOKEN","expires":"never"})", "400 invalid_value expires"},
    {R"({"token":"TOKEN","model_tpm_limit":{"m":0}})", "400 invalid_value model_tpm_limit"},
    {R"({"token":"TOKEN","blocked":"no"})", "400 invalid_value blocked"},
  };
  for (auto [line, error] : cases) {
    if (const auto at = line.find("TOKEN"); at != line.npos) line.replace(at, 5, std::string(64, '7'));
    EXPECT_EQ(f.refusal_of(line), error) << line;
  }
}

TEST(KeyImport, BrokenTextIsRefusedAndNeverHalfTaken) {
  import_fixture f;
  const std::string own = R"({"secret":"sk-a","name":"a","tags":["x"],"limits":{"requests_per_minute":5,"models":{"m":{"concurrency":1}}},)"
                          R"("budget":{"amount":"1.5","period":"day"},"expires_at":"2027-01-15T08:00:00Z","max_tokens":7})";
  random_source rng(7);
  for (int i = 0; i < 4000; ++i) {
    std::string text = rng.below(2) ? own : std::string(litellm);
    for (auto cuts = 1 + rng.below(3); cuts > 0; --cuts) {
      const auto at = rng.below(text.size());
      switch (rng.below(4)) {
        case 0: text[at] = static_cast<char>(rng.below(256)); break;
        case 1: text.erase(at, 1 + rng.below(8)); break;
        case 2: text.insert(at, text.substr(rng.below(text.size()), rng.below(12))); break;
        default: text[at] = "{}[]\",:0-9e.tn"[rng.below(15)];
      }
      if (text.empty()) text = " ";
    }
    const auto outcome = f.book.import_keys(text, f.by());
    if (!outcome) {
      EXPECT_FALSE(outcome.error().message.empty());
      continue;
    }
    for (const auto& record : outcome->records) EXPECT_TRUE(proto::read_policy(proto::write_policy(record.body)));
    EXPECT_FALSE(json::validate(outcome->body));
  }
  EXPECT_TRUE(f.book.table().keys().empty());
}

}  // namespace
}  // namespace edgemesh::accounts
