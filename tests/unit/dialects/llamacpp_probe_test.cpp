#include "dialects/llamacpp_probe.hpp"

#include "json/writer.hpp"
#include "tests/unit/dialects/probe_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::SizeIs;

const std::string loading = R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})";
const std::string one_model = R"({"object":"list","data":[{"id":"qwen","object":"model","created":1795334400,"owned_by":"llamacpp","meta":{"n_ctx_train":40960}}]})";
const std::string props = R"({"default_generation_settings":{"n_ctx":4096},"total_slots":2,"modalities":{"vision":true,"audio":false},"build_info":"b11669-abc"})";

scripted_backend llama_server() {
  scripted_backend b;
  b.on("/health", R"({"status":"ok"})").on("/v1/models", one_model).on("/props", props);
  b.on("/slots", R"([{"id":0,"n_ctx":4096,"is_processing":true},{"id":1,"n_ctx":4096,"is_processing":false}])");
  return b;
}

TEST(LlamacppProbe, ReadsModelContextSlotsAndModalities) {
  auto b = llama_server();
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  EXPECT_EQ(r.kind, backend_kind::llamacpp);
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.version, "b11669-abc");
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].name, "qwen");
  EXPECT_EQ(r.models[0].context_length, 4096) << "per slot";
  EXPECT_EQ(r.models[0].loaded, true);
  EXPECT_EQ(r.models[0].created, 0) << "it says the time of the call, so that no two probes would be equal";
  EXPECT_TRUE(r.models[0].capabilities.has(capability::vision));
  EXPECT_TRUE(r.models[0].capabilities.lacks(capability::audio));
  EXPECT_FALSE(r.models[0].capabilities.has(capability::embeddings));
  EXPECT_FALSE(r.models[0].capabilities.lacks(capability::embeddings));
  EXPECT_EQ(r.load.slots, 2);
  EXPECT_EQ(r.load.running, 1);
  EXPECT_THAT(b.asked, Not(Contains("/metrics")));
}

TEST(LlamacppProbe, Case56LoadingIsWarmingAndThenReady) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 503, "application/json", loading, ""});
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).health, backend_health::warming);
  EXPECT_THAT(b.asked, ElementsAre("/health"));
  EXPECT_EQ(llama_server().run(make_llamacpp_probe(backend_kind::llamacpp)).health, backend_health::ready);
}

TEST(LlamacppProbe, Case57AnOpenPortThatLoadsIsNotReady) {
  auto b = llama_server();
  b.on("/health", 503, loading);
  const auto r = b.run(make_llamacpp_probe(backend_kind::cognis));
  EXPECT_EQ(r.kind, backend_kind::cognis);
  EXPECT_EQ(r.health, backend_health::warming);
  EXPECT_FALSE(r.models_known);
}

TEST(LlamacppProbe, LoadingMayBeginBetweenTwoQuestions) {
  auto b = llama_server();
  b.on("/props", 503, loading);
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).health, backend_health::warming);
}

TEST(LlamacppProbe, Case67WithoutSlotsTheMetricsAreRead) {
  auto b = llama_server();
  b.on("/slots", 501, R"({"error":{"code":501,"message":"disabled","type":"not_supported_error"}})");
  b.on("/metrics", "llamacpp:requests_processing 1\nllamacpp:requests_deferred 3\nllamacpp:kv_cache_usage_ratio 0.5\n");
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  EXPECT_EQ(r.load.running, 1);
  EXPECT_EQ(r.load.waiting, 3);
  EXPECT_EQ(r.load.kv_usage, 0.5);
}

TEST(LlamacppProbe, Case67WithoutSlotsAndMetricsLoadIsUnknownAndHealthUntouched) {
  auto b = llama_server();
  b.on("/slots", 501, "{}").on("/metrics", 501, R"({"error":{}})");
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.load.running, std::nullopt);
  EXPECT_EQ(r.load.waiting, std::nullopt);
  EXPECT_EQ(r.load.slots, 2) << "from /props";
}

TEST(LlamacppProbe, StalledLoadSignalsSayNothingAboutHealth) {
  auto b = llama_server();
  b.fails("/slots", probe_reply::outcome::timed_out).fails("/metrics", probe_reply::outcome::timed_out);
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).health, backend_health::ready);
}

TEST(LlamacppProbe, Case51AFilePathGetsAPublicName) {
  const std::pair<const char*, const char*> names[] = {{"/models/Qwen3-8B-Q4.gguf", "Qwen3-8B-Q4"},
                                                       {"C:\\\\m\\\\a.GGUF", "a"},
                                                       {"/m/big-00001-of-00003.gguf", "big"},
                                                       {"/srv/tuned", "tuned"},
                                                       {"ggml-org/gemma-3", "ggml-org/gemma-3"},
                                                       {"plain", "plain"}};
  for (const auto& [id, name] : names) {
    auto b = llama_server();
    b.on("/v1/models", R"({"data":[{"id":")" + std::string(id) + R"("}]})");
    const auto r = b.run(make_llamacpp_probe(backend_kind::cognis));
    ASSERT_THAT(r.models, SizeIs(1)) << id;
    EXPECT_EQ(r.models[0].name, name);
    EXPECT_EQ(json::quoted(r.models[0].upstream), '"' + std::string(id) + '"');
  }
}

TEST(LlamacppProbe, AliasesAreOffersOfTheSameModel) {
  auto b = llama_server();
  b.on("/v1/models", R"({"data":[{"id":"a","aliases":["b","a",5]}]})");
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  ASSERT_THAT(r.models, SizeIs(2));
  EXPECT_EQ(r.models[1].name, "b");
  EXPECT_EQ(r.models[1].upstream, "a");
  EXPECT_EQ(r.models[1].context_length, 4096);
}

TEST(LlamacppProbe, ARouterSaysWhatIsLoadedAndIsAskedNoFurther) {
  auto b = llama_server();
  b.on("/props", R"({"role":"router"})");
  b.on("/v1/models", R"({"data":[{"id":"a","status":{"value":"loaded"}},{"id":"b","status":{"value":"unloaded"}},{"id":"c","status":{"value":"sleeping"}}]})");
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  EXPECT_EQ(r.health, backend_health::ready);
  ASSERT_THAT(r.models, SizeIs(3));
  EXPECT_EQ(r.models[0].loaded, true);
  EXPECT_EQ(r.models[1].loaded, false);
  EXPECT_EQ(r.models[2].loaded, false);
  EXPECT_EQ(r.load.slots, std::nullopt);
  EXPECT_THAT(b.asked, ElementsAre("/health", "/v1/models", "/props"));
}

TEST(LlamacppProbe, ASleepingServerHasItsModelNotLoaded) {
  auto b = llama_server();
  b.on("/props", R"({"default_generation_settings":{"n_ctx":4096},"is_sleeping":true})");
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).models.at(0).loaded, false);
}

TEST(LlamacppProbe, AKeyThatIsRefusedIsNoticedThoughHealthIsOpen) {
  auto b = llama_server();
  b.on("/props", 401, R"({"error":{"code":401,"message":"Invalid API Key"}})");
  const auto r = b.run(make_llamacpp_probe(backend_kind::llamacpp));
  EXPECT_EQ(r.health, backend_health::misconfigured);
  EXPECT_THAT(r.detail, testing::HasSubstr("credential"));
  EXPECT_THAT(r.detail, Not(testing::HasSubstr("Invalid API Key")));
}

TEST(LlamacppProbe, ASlotThatIsNotRunningIsDownUntilItIs) {
  scripted_backend b;
  b.everywhere(everything(probe_reply::outcome::refused));
  const auto r = b.run(make_llamacpp_probe(backend_kind::cognis));
  EXPECT_EQ(r.health, backend_health::down);
  EXPECT_EQ(r.detail, "slot not running");
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).detail, "connection refused");
  EXPECT_EQ(llama_server().run(make_llamacpp_probe(backend_kind::cognis)).health, backend_health::ready);
}

TEST(LlamacppProbe, AnotherServerIsMisconfigured) {
  scripted_backend b;
  b.on("/health", "<html>").on("/v1/models", "<html>");
  EXPECT_EQ(b.run(make_llamacpp_probe(backend_kind::llamacpp)).health, backend_health::misconfigured);
}

TEST(LlamacppProbe, ItTellsWhenTheOtherEndIsAnEdgeMesh) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 404, "application/json", "{}", "fra-1"});
  EXPECT_TRUE(b.run(make_llamacpp_probe(backend_kind::llamacpp)).is_edgemesh);
}

}  // namespace
}  // namespace edgemesh::dialects
