#include "routing/constraints.hpp"

#include <gtest/gtest.h>

#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::routing {
namespace {

/// One backend `b` with model `m`, and the decision about a request for it.
struct one_backend {
  std::shared_ptr<backend_row> row = make_row("b", {"m"});
  route_query query = ask("m");
  std::vector<tried_way> tried{};

  model_offer& model() { return row->models[0]; }
  decision outcome() {
    const auto table = make_table({row});
    return routing::decide(table, query, true);
  }
  /// Checks name, status and code of the refusal; returns the decision for more.
  decision refused(refusal why, int status, std::optional<std::string> code) {
    auto d = outcome();
    EXPECT_FALSE(d.choice);
    EXPECT_EQ(name_of(verdict_of(d, "b")->refused_by), name_of(why));
    EXPECT_FALSE(verdict_of(d, "b")->detail.empty());
    EXPECT_TRUE(d.error && d.error->status == status && d.error->code == code)
        << (d.error ? std::to_string(d.error->status) + d.error->code.value_or("null") : "no error");
    return d;
  }
};

TEST(Constraints, AllHold) {
  one_backend t;
  const auto d = t.outcome();
  ASSERT_TRUE(d.choice);
  EXPECT_EQ(d.model, "m");
  EXPECT_FALSE(d.error);
  EXPECT_EQ(d.verdicts.front().refused_by, refusal::none);
}

TEST(Constraints, EndpointRefusesOnlyAKnownNo) {
  one_backend t;
  t.query.kind = endpoint::embeddings;
  EXPECT_TRUE(t.outcome().choice);
  t.model().capabilities.set(capability::embeddings, false);
  EXPECT_TRUE(t.refused(refusal::endpoint, 501, "unsupported_endpoint").error->never_retry);
}

TEST(Constraints, Case74EmbeddingsGoToTheBackendThatServesThem) {
  auto chat = make_row("chat", {"m"}), both = make_row("both", {"m"});
  chat->models[0].capabilities.set(capability::embeddings, false);
  const auto table = make_table({chat, both});
  auto q = ask("m");
  q.kind = endpoint::embeddings;
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(chosen(routing::decide(table, q, false, seed)), "both");
}

TEST(Constraints, CapabilityNamesWhatIsMissing) {
  const std::pair<bool openai::request_facts::*, capability> needs_of[] = {{&openai::request_facts::tools, capability::tools},
                                                                           {&openai::request_facts::images, capability::vision},
                                                                           {&openai::request_facts::audio, capability::audio},
                                                                           {&openai::request_facts::json_schema, capability::json_schema},
                                                                           {&openai::request_facts::logprobs, capability::logprobs}};
  for (auto [fact, c] : needs_of) {
    one_backend t;
    t.query.facts.*fact = true;
    EXPECT_TRUE(t.outcome().choice) << name_of(c);  // unknown refuses nobody
    t.model().capabilities.set(c, false);
    const auto d = t.refused(refusal::capability, 400, "unsupported_parameter");
    EXPECT_EQ(verdict_of(d, "b")->detail, "needs " + std::string(name_of(c)));
  }
}

TEST(Constraints, ContextLengthIsHeldAgainstThePromptAlone) {
  one_backend t;
  t.model().context_length = 4096;
  t.query.facts.prompt_tokens = 4096;
  t.query.facts.max_tokens = 100'000;
  EXPECT_TRUE(t.outcome().choice);
  t.query.facts.prompt_tokens = 9000;
  EXPECT_EQ(verdict_of(t.refused(refusal::context_length, 400, "context_length_exceeded"), "b")->detail, "context 4096 < 9000");
}

TEST(Constraints, DataClassFailsClosed) {
  one_backend t;
  t.row->data_class = 1;
  t.query.data_class = 1;
  EXPECT_TRUE(t.outcome().choice);
  t.query.data_class = 2;
  const auto d = t.refused(refusal::data_class, 403, "data_class_denied");
  EXPECT_EQ(d.data_class, 2);
  EXPECT_NE(d.error->message.find("confidential"), std::string::npos);
}

TEST(Constraints, AModelThatRunsElsewhereSeesTheLowestClassOnly) {
  one_backend t;
  t.model().runs_elsewhere = true;
  EXPECT_TRUE(t.outcome().choice);
  t.query.data_class = 1;
  t.refused(refusal::data_class, 403, "data_class_denied");
  t.row->data_class_configured = true;
  EXPECT_TRUE(t.outcome().choice);
}

TEST(Constraints, Case39RemoteMediaNeedsABackendThatMayFetchIt) {
  one_backend t;
  t.query.facts.remote_media = true;
  t.refused(refusal::remote_media, 400, "remote_media_denied");
  t.row->remote_media = true;
  EXPECT_TRUE(t.outcome().choice);
}

TEST(Constraints, DrainingTakesNothingNew) {
  one_backend t;
  t.row->cell->draining = true;
  t.refused(refusal::draining, 503, "no_backend_available");
}

TEST(Constraints, DownAndMisconfiguredAreRefused) {
  for (auto h : {backend_health::down, backend_health::misconfigured}) {
    one_backend t;
    t.row->cell->health = h;
    EXPECT_TRUE(t.refused(refusal::health, 503, "no_backend_available").error->retry_after);
  }
}

TEST(Constraints, AnOpenBreakerSaysWhenToComeBack) {
  one_backend t;
  t.row->cell->breaker = breaker_state::open;
  t.row->cell->breaker_until = to_ticks(test_now + milliseconds(6100));
  EXPECT_EQ(t.refused(refusal::breaker, 503, "no_backend_available").error->retry_after, seconds(7));
}

TEST(Constraints, AHalfOpenBreakerTakesOneTrial) {
  one_backend t;
  t.row->cell->breaker = breaker_state::half_open;
  EXPECT_TRUE(t.outcome().choice);
  t.row->cell->trial_taken = true;
  t.refused(refusal::breaker, 503, "no_backend_available");
  t.row->cell->breaker = breaker_state::open;  // its pause is over, but its owner did not say so yet
  t.row->cell->breaker_until = to_ticks(test_now);
  t.refused(refusal::breaker, 503, "no_backend_available");
  t.row->cell->trial_taken = false;
  EXPECT_TRUE(t.outcome().choice);
}

TEST(Constraints, Case60APauseThatABackendAskedForIs429) {
  one_backend t;
  t.row->cell->blocked_until = to_ticks(test_now + seconds(600));
  const auto d = t.refused(refusal::blocked, 429, "rate_limit_exceeded");
  EXPECT_EQ(d.error->type, "rate_limit_error");
  EXPECT_EQ(d.error->retry_after, seconds(600));  // clamped to 60 where headers are written
  t.row->cell->blocked_until = to_ticks(test_now);
  EXPECT_TRUE(t.outcome().choice);
}

TEST(Constraints, AFullBackendIs503AfterASecond) {
  one_backend t;
  t.row->cell->concurrency = 2;
  t.row->cell->in_flight = 1;
  EXPECT_TRUE(t.outcome().choice);
  t.row->cell->in_flight = 2;
  EXPECT_EQ(t.refused(refusal::concurrency, 503, "server_is_overloaded").error->retry_after, seconds(1));
  t.row->cell->concurrency = 0;  // no limit
  EXPECT_TRUE(t.outcome().choice);
}

TEST(Constraints, ABackendIsTriedOncePerRequest) {
  one_backend t;
  t.tried = {{"n1", "a", {}, {}, true}, {"n1", "b", {}, {}, true}};
  t.query.tried = &t.tried;
  t.refused(refusal::already_tried, 503, "no_backend_available");
}

TEST(Constraints, TheErrorNamesTheConstraintThatEmptiedTheSet) {
  auto small = make_row("small", {"m"}), open = make_row("open", {"m"}), full = make_row("full", {"m"});
  small->models[0].context_length = 100;
  open->data_class = 0;
  full->cell->concurrency = 1;
  full->cell->in_flight = 1;
  auto q = ask("m");
  q.facts.prompt_tokens = 1000;
  q.data_class = 1;
  EXPECT_EQ(routing::decide(make_table({small}), q).error->code, "context_length_exceeded");
  EXPECT_EQ(routing::decide(make_table({open, small}), q).error->code, "data_class_denied");
  EXPECT_EQ(routing::decide(make_table({full, open, small}), q).error->code, "server_is_overloaded");
}

TEST(Constraints, TheSoonestOfAllPausesIsTold) {
  auto a = make_row("a", {"m"}), b = make_row("b", {"m"}), c = make_row("c", {"m"});
  a->cell->health = backend_health::down;
  for (auto& [row, pause] : {std::pair{b, 9}, std::pair{c, 4}}) {
    row->cell->breaker = breaker_state::open;
    row->cell->breaker_until = to_ticks(test_now + seconds(pause));
  }
  EXPECT_EQ(routing::decide(make_table({a, b, c}), ask("m")).error->retry_after, seconds(4));
}

TEST(Constraints, NamesAreStable) {
  const char* names[] = {"none",   "model",   "pin",     "access",      "endpoint",    "capability", "context_length", "data_class", "remote_media",
                         "health", "breaker", "blocked", "concurrency", "draining", "relay_class", "unreachable", "already_tried", "priority", "distance"};
  for (int i = 0; i < 19; ++i) EXPECT_EQ(name_of(static_cast<refusal>(i)), names[i]);
}

TEST(Constraints, PinsAreReadFromNames) {
  EXPECT_EQ(parse_pin("m").backend, "");
  EXPECT_EQ(parse_pin("m").model, "m");
  EXPECT_EQ(parse_pin("b::org/m:tag").backend, "b");
  EXPECT_EQ(parse_pin("b::org/m:tag").model, "org/m:tag");
  EXPECT_EQ(parse_pin("n/b::m").node, "n");
  EXPECT_EQ(parse_pin("n/b::m").backend, "b");
  EXPECT_EQ(parse_pin("::m").backend, "");
}

}  // namespace
}  // namespace edgemesh::routing
