#include "tests/actors/backend_fixture.hpp"

namespace edgemesh::actors {
namespace {

using BackendActor = backend_test;
using namespace std::chrono_literals;

TEST_F(BackendActor, ProbesAtStartAndListsItsModels) {
  spawn(spec_of("http://127.0.0.1:8080"));
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].order.target->addresses[0].to_string(), "127.0.0.1:8080");
  EXPECT_EQ(view().health, backend_health::unknown);
  answer(good({"a", "b"}));
  EXPECT_EQ(view().health, backend_health::ready);
  EXPECT_EQ(cell().health, backend_health::ready);
  ASSERT_EQ(row().models.size(), 2u);
  EXPECT_EQ(row().models[1].name, "b");
  EXPECT_EQ(view().latency, milliseconds(3));
}

TEST_F(BackendActor, ProbesAReadyBackendEveryFifteenSecondsWithJitter) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  pass(11900ms);
  EXPECT_TRUE(probes.empty());
  pass(6200ms);
  EXPECT_EQ(probes.size(), 1u);
}

TEST_F(BackendActor, RunsOneProbeAtATime) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  pass(60s);
  tell(a, probe_backend{});
  EXPECT_EQ(probes.size(), 1u);
}

TEST_F(BackendActor, ARefusedProbeIsDownAtOnceAndTriedAgainSoon) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  pass(18s);
  answer(refused());
  EXPECT_EQ(cell().health, backend_health::down);
  pass(1300ms);
  answer(good());
  EXPECT_EQ(cell().health, backend_health::ready);
  EXPECT_EQ(told.recovered, std::vector<std::string>{"box"});
}

TEST_F(BackendActor, OneFailedProbeIsNotDown) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  pass(18s);
  answer(silent());
  EXPECT_EQ(cell().health, backend_health::ready);
  pass(1300ms);
  answer(silent());
  EXPECT_EQ(cell().health, backend_health::down);
}

TEST_F(BackendActor, RequestsThatSucceedKeepItReadyWhileProbesFail) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  pass(18s);
  for (int i = 0; i < 3; ++i) {
    ++cell().successes;
    answer(silent());
    EXPECT_EQ(cell().health, backend_health::ready);
    pass(1300ms);
  }
}

TEST_F(BackendActor, FailureClearsNothingOfTheCatalogue) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good({"a", "b"}));
  pass(18s);
  answer(refused());
  EXPECT_EQ(row().models.size(), 2u);
  EXPECT_EQ(view().models.size(), 2u);
}

TEST_F(BackendActor, Case56LoadingIsWarmingAndBecomesReady) {
  spawn(spec_of("http://127.0.0.1:8080"));
  auto loading = good();
  loading.report.health = backend_health::warming;
  loading.report.models_known = false;
  loading.report.models.clear();
  answer(loading);
  EXPECT_EQ(cell().health, backend_health::warming);
  pass(1300ms);
  answer(good());
  EXPECT_EQ(cell().health, backend_health::ready);
}

TEST_F(BackendActor, ARowIsMadeAnewOnlyWhenRoutingNeedsIt) {
  spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  const auto rows = listed.rows.size();
  for (int i = 0; i < 3; ++i) {
    pass(18s);
    auto again = good();
    again.report.models[0].created = 1000 + i;  // llama-server says the present time
    answer(again);
  }
  EXPECT_EQ(listed.rows.size(), rows);
}

TEST_F(BackendActor, ALostConnectionOpensTheBreakerUntilItsPauseIsOver) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  attempt(a, attempt_cause::refused);
  EXPECT_EQ(cell().breaker, breaker_state::open);
  EXPECT_TRUE(cell().wants_successes);
  EXPECT_GT(cell().breaker_until, to_ticks(now()));
  pass(2100ms);
  EXPECT_EQ(cell().breaker, breaker_state::half_open);
  attempt(a, attempt_cause::ok);
  EXPECT_EQ(cell().breaker, breaker_state::closed);
  EXPECT_FALSE(cell().wants_successes);
}

TEST_F(BackendActor, ALostConnectionIsFollowedByAProbe) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  attempt(a, attempt_cause::refused);
  pass(1050ms);
  EXPECT_EQ(probes.size(), 1u);
}

TEST_F(BackendActor, AGoodProbeEndsTheBreakersPauseButOnlyARequestClosesIt) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  attempt(a, attempt_cause::reset);
  pass(1050ms);
  answer(good());
  EXPECT_EQ(cell().breaker, breaker_state::half_open);
}

TEST_F(BackendActor, ATrialWhoseClientLeftIsGivenFreeByProbes) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  attempt(a, attempt_cause::reset);
  pass(2100ms);
  if (!probes.empty()) answer(good());
  cell().trial_taken = true;  // a shard's trial, cancelled by its client: nobody reports it
  for (int i = 0; i < 3; ++i) {
    pass(5100ms);
    if (!probes.empty()) answer(good());
  }
  EXPECT_EQ(cell().breaker, breaker_state::half_open);
  EXPECT_FALSE(cell().trial_taken);
}

TEST_F(BackendActor, Case54AModelThatIsMissingIsHiddenUntilItIsListedAgain) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good({"a", "b"}));
  pass(2s);
  auto o = outcome(attempt_cause::model_missing);
  o.missing_model = "b";
  attempt(a, o);
  ASSERT_EQ(row().models.size(), 1u);
  EXPECT_EQ(row().models[0].name, "a");
  EXPECT_EQ(cell().breaker, breaker_state::closed);
  pass(25ms);
  answer(good({"a", "b"}));
  EXPECT_EQ(row().models.size(), 2u);
}

TEST_F(BackendActor, Case59ABusyBackendOpensNoBreaker) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  for (int i = 0; i < 30; ++i) attempt(a, attempt_cause::overloaded);
  EXPECT_EQ(cell().breaker, breaker_state::closed);
}

TEST_F(BackendActor, Case60RetryAfterPausesTheBackendForAMinuteAtMost) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  auto o = outcome(attempt_cause::rate_limited);
  o.retry_after = seconds(600);
  attempt(a, o);
  EXPECT_EQ(cell().blocked_until, to_ticks(now() + seconds(60)));
}

TEST_F(BackendActor, Case62ARefusedCredentialMarksItMisconfiguredUntilTheNextProbe) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  attempt(a, attempt_cause::auth_failed);
  EXPECT_EQ(cell().health, backend_health::misconfigured);
}

TEST_F(BackendActor, ARefusalOfTheCredentialThatWasReplacedDoesNotPutItOut) {
  auto spec = spec_of("http://127.0.0.1:8080");
  const auto a = spawn(spec);
  answer(good());
  attempt(a, attempt_cause::auth_failed);
  EXPECT_EQ(cell().health, backend_health::misconfigured);
  spec.settings.api_key = secret("another");
  tell(a, reconfigure_backend{spec});
  answer(good());
  EXPECT_EQ(cell().health, backend_health::ready);
  attempt(a, attempt_cause::auth_failed);  // sent before the change
  EXPECT_EQ(cell().health, backend_health::ready);
  pass(seconds(2));
  answer(good());  // asked at once, for it may be the new one
  pass(backend_options{}.old_credential);
  attempt(a, attempt_cause::auth_failed);
  EXPECT_EQ(cell().health, backend_health::misconfigured) << "that is the new one";
}

TEST_F(BackendActor, RemembersThatUsageIsRejected) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  EXPECT_TRUE(row().asks_usage);
  auto o = outcome(attempt_cause::bad_request);
  o.usage_rejected = true;
  attempt(a, o);
  EXPECT_FALSE(row().asks_usage);
}

TEST_F(BackendActor, ReportedSlotsWeighInTheChoiceAndLimitNothing) {
  spawn(spec_of("http://127.0.0.1:8080"));
  auto r = good();
  r.report.load.slots = 8;
  r.report.load.waiting = 5;
  answer(r);
  EXPECT_EQ(cell().slots, 8);
  EXPECT_EQ(cell().concurrency, 0);
  EXPECT_EQ(cell().reported_waiting, 5);
}

TEST_F(BackendActor, AConfiguredConcurrencyStays) {
  auto spec = spec_of("http://127.0.0.1:8080");
  spec.settings.concurrency = 3;
  spawn(spec);
  auto r = good();
  r.report.load.slots = 8;
  answer(r);
  EXPECT_EQ(cell().concurrency, 3);
}

TEST_F(BackendActor, DrainsAndIsEnabledAgain) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  backend_view_ptr said;
  const reply_slot<backend_view_ptr> slot([&](std::optional<backend_view_ptr> v) { said = *v; });
  tell(a, drain_backend{true, slot});
  EXPECT_TRUE(cell().draining);
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->is_draining);
  tell(a, drain_backend{false, {}});
  EXPECT_FALSE(cell().draining);
}

TEST_F(BackendActor, AnswersAnAskedProbeWhenItHasEnded) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  answer(good());
  int answers = 0;
  tell(a, probe_backend{reply_slot<backend_view_ptr>([&](std::optional<backend_view_ptr> v) {
         ++answers;
         ASSERT_TRUE(v);
         EXPECT_EQ((*v)->health, backend_health::down);
       })});
  EXPECT_EQ(answers, 0);
  answer(refused());
  EXPECT_EQ(answers, 1);
}

TEST_F(BackendActor, WhoWaitsForAProbeLearnsOfTheActorsEnd) {
  const auto a = spawn(spec_of("http://127.0.0.1:8080"));
  bool has_answer = true;
  tell(a, probe_backend{reply_slot<backend_view_ptr>([&](std::optional<backend_view_ptr> v) { has_answer = v.has_value(); })});
  end(a);
  EXPECT_FALSE(has_answer);
}

TEST_F(BackendActor, AKindThatIsNotKnownOffersNothing) {
  auto spec = spec_of("http://127.0.0.1:8080", backend_kind::automatic);
  spec.settings.models = {"m"};
  spawn(spec);
  EXPECT_EQ(probes[0].order.kind, backend_kind::automatic);
  EXPECT_TRUE(row().models.empty());
  answer(good());
  EXPECT_EQ(row().kind, backend_kind::llamacpp);
  EXPECT_EQ(row().models.size(), 1u);
  pass(18s);
  EXPECT_EQ(probes[0].order.kind, backend_kind::llamacpp);
  answer(refused());
  pass(1300ms);
  EXPECT_EQ(probes[0].order.kind, backend_kind::automatic) << "what comes back may be something else";
}

TEST_F(BackendActor, AnEdgeMeshNodeIsToldApart) {
  spawn(spec_of("http://127.0.0.1:8080", backend_kind::openai));
  auto r = good();
  r.report.is_edgemesh = true;
  answer(r);
  EXPECT_TRUE(row().paths[0].target->is_edgemesh);
}

TEST_F(BackendActor, KeepsItsCellAndProbesAnewWhenItIsReconfigured) {
  auto spec = spec_of("http://127.0.0.1:8080");
  const auto a = spawn(spec);
  answer(good());
  const auto* before = &cell();
  const auto key = row().paths[0].target->pool_key;
  spec.settings.server_name = "other";
  spec.settings.rename = {{"public", "m"}};
  tell(a, reconfigure_backend{spec});
  EXPECT_EQ(&cell(), before);
  EXPECT_EQ(row().models[0].name, "public");
  EXPECT_NE(row().paths[0].target->pool_key, key);
  EXPECT_EQ(probes.size(), 1u);
}

}  // namespace
}  // namespace edgemesh::actors
