#include "dialects/vllm_probe.hpp"

#include "tests/unit/dialects/probe_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::SizeIs;

scripted_backend vllm() {
  scripted_backend b;
  b.on("/health", "")
      .on("/v1/models", R"({"object":"list","data":[{"id":"meta-llama/L3","object":"model","created":1795334400,"owned_by":"vllm","root":"x","parent":null,"max_model_len":8192}]})")
      .on("/version", R"({"version":"0.12.0+cu129"})")
      .on("/metrics",
          "vllm:num_requests_waiting_by_reason{engine=\"0\",reason=\"capacity\"} 90\n"
          "vllm:num_requests_running{engine=\"0\",model_name=\"a\"} 3.0\nvllm:num_requests_running{engine=\"1\",model_name=\"a\"} 4.0\n"
          "vllm:num_requests_waiting{engine=\"0\"} 1.0\nvllm:num_requests_waiting{engine=\"1\"} 2.0\n"
          "vllm:kv_cache_usage_perc{engine=\"0\"} 0.25\nvllm:kv_cache_usage_perc{engine=\"1\"} 0.75\n");
  return b;
}

TEST(VllmProbe, ReadsModelsVersionAndLoad) {
  const auto r = vllm().run(make_vllm_probe());
  EXPECT_EQ(r.kind, backend_kind::vllm);
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.version, "0.12.0+cu129");
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].name, "meta-llama/L3");
  EXPECT_EQ(r.models[0].owned_by, "vllm");
  EXPECT_EQ(r.models[0].context_length, 8192);
  EXPECT_EQ(r.models[0].created, 0);
  EXPECT_EQ(r.load.running, 7);
  EXPECT_EQ(r.load.waiting, 3);
  EXPECT_EQ(r.load.kv_usage, 0.75);
}

TEST(VllmProbe, Case66ExactNamesAndOldOnes) {
  auto b = vllm();
  b.on("/metrics", "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 5\nvllm:num_requests_waiting 2\nvllm:num_requests_swapped 1\nvllm:gpu_cache_usage_perc 0.5\n");
  const auto r = b.run(make_vllm_probe());
  EXPECT_EQ(r.load.waiting, 3);
  EXPECT_EQ(r.load.kv_usage, 0.5);
  EXPECT_EQ(r.load.running, std::nullopt);
}

TEST(VllmProbe, Case55ALoraIsAnOfferWithTheContextOfItsParent) {
  auto b = vllm();
  b.on("/v1/models", R"({"data":[{"id":"lora","owned_by":"vllm","parent":"base","max_model_len":null},{"id":"base","owned_by":"vllm","parent":null,"max_model_len":4096}]})");
  const auto r = b.run(make_vllm_probe());
  ASSERT_THAT(r.models, SizeIs(2));
  EXPECT_EQ(r.models[0].name, "lora");
  EXPECT_EQ(r.models[0].upstream, "lora");
  EXPECT_EQ(r.models[0].context_length, 4096);
}

TEST(VllmProbe, Case58AClosedPortIsDown) {
  scripted_backend b;
  b.everywhere(everything(probe_reply::outcome::refused));
  const auto r = b.run(make_vllm_probe());
  EXPECT_EQ(r.health, backend_health::down);
  EXPECT_EQ(r.detail, "connection refused");
  EXPECT_THAT(b.asked, SizeIs(1));
}

TEST(VllmProbe, ADeadEngineIsDown) {
  auto b = vllm();
  b.on("/health", 503, "");
  EXPECT_EQ(b.run(make_vllm_probe()).health, backend_health::down);
}

TEST(VllmProbe, ARefusedKeyIsMisconfigured) {
  auto b = vllm();
  b.on("/v1/models", 401, R"({"error":"Unauthorized"})");
  EXPECT_EQ(b.run(make_vllm_probe()).health, backend_health::misconfigured);
}

TEST(VllmProbe, WithoutVersionAndMetricsItIsStillReady) {
  auto b = vllm();
  b.on("/version", 404, "").fails("/metrics", probe_reply::outcome::timed_out);
  const auto r = b.run(make_vllm_probe());
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.version, "");
  EXPECT_EQ(r.load.running, std::nullopt);
}

}  // namespace
}  // namespace edgemesh::dialects
