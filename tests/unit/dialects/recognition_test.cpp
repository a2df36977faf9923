#include "tests/unit/dialects/probe_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::SizeIs;

backend_kind recognised(scripted_backend b) { return b.run(make_recognition(nullptr)).kind; }

scripted_backend ollama() {
  scripted_backend b;
  b.on("/", "Ollama is running").on("/api/version", R"({"version":"0.32.15"})").on("/api/tags", R"({"models":[{"name":"m:1"}]})");
  return b;
}

TEST(Recognition, OllamaIsKnownByTwoSignsAndProbedOn) {
  auto b = ollama();
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::ollama);
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_THAT(r.models, SizeIs(1));
  EXPECT_FALSE(r.is_edgemesh);
}

TEST(Recognition, Case69LocalAiThatImitatesOllamaIsNone) {
  auto b = ollama();
  b.on("/readyz", "").on("/v1/models", R"({"data":[{"id":"x"}]})");
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::openai);
  EXPECT_EQ(r.models.at(0).name, "x");
}

TEST(Recognition, Case69LlamaServerThatServesTagsIsNoOllama) {
  scripted_backend b;
  b.on("/", "<html>llama.cpp</html>").on("/api/tags", R"({"models":[]})").on("/api/version", R"({"version":"1"})");
  b.on("/health", "{}").on("/props", R"({"default_generation_settings":{"n_ctx":512},"total_slots":1})");
  b.on("/v1/models", R"({"data":[{"id":"m","owned_by":"llamacpp"}]})");
  EXPECT_EQ(recognised(b), backend_kind::llamacpp);
}

TEST(Recognition, Case69AnOllamaOnAnotherPortIsStillOllama) {
  auto b = ollama();
  b.on("/v1/models", R"({"data":[{"id":"m:1","owned_by":"library"}]})");
  EXPECT_EQ(recognised(b), backend_kind::ollama);
}

TEST(Recognition, ARouterIsALlamaServer) {
  scripted_backend b;
  b.on("/props", R"({"role":"router"})").on("/health", "{}").on("/v1/models", R"({"data":[]})");
  EXPECT_EQ(recognised(b), backend_kind::llamacpp);
}

TEST(Recognition, Case56ALlamaServerIsKnownWhileItLoads) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 503, "application/json", R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", ""});
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::llamacpp);
  EXPECT_EQ(r.health, backend_health::warming);
}

TEST(Recognition, ALlamaServerWithAKeyIsKnownByItsModels) {
  scripted_backend b;
  b.on("/health", "{}").on("/props", 401, "{}").on("/v1/models", R"({"data":[{"id":"m","owned_by":"llamacpp"}]})");
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::llamacpp);
  EXPECT_EQ(r.health, backend_health::misconfigured);
}

TEST(Recognition, VllmNeedsOwnerAndVersion) {
  scripted_backend b;
  b.on("/health", "").on("/v1/models", R"({"data":[{"id":"m","owned_by":"vllm","max_model_len":10}]})");
  EXPECT_EQ(recognised(b), backend_kind::openai);
  b.on("/version", R"({"version":"0.12.0"})");
  EXPECT_EQ(recognised(b), backend_kind::vllm);
}

TEST(Recognition, VllmWithAKeyIsKnownByItsOpenVersion) {
  scripted_backend b;
  b.on("/health", "").on("/v1/models", 401, R"({"error":"Unauthorized"})").on("/version", R"({"version":"0.12.0"})");
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::vllm);
  EXPECT_EQ(r.health, backend_health::misconfigured);
}

TEST(Recognition, OtherServersWithAListAreGeneric) {
  for (const char* owner : {"sglang", "openai", "", "organization_owner"}) {
    scripted_backend b;
    b.on("/v1/models", R"({"data":[{"id":"m","owned_by":")" + std::string(owner) + R"("}]})");
    EXPECT_EQ(recognised(b), backend_kind::openai) << owner;
  }
  scripted_backend tgi;
  tgi.on("/info", R"({"model_id":"m","router":"text-generation-router"})");
  EXPECT_EQ(recognised(tgi), backend_kind::openai);
}

TEST(Recognition, AnyOtherWebServerIsNone) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 200, "text/html", "<html>", ""});
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_EQ(r.kind, backend_kind::automatic);
  EXPECT_EQ(r.health, backend_health::misconfigured);
}

TEST(Recognition, AnEdgeMeshIsKnownByItsHeaderOnAnyReply) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 404, "application/json", R"({"error":{}})", "fra-1"});
  const auto r = b.run(make_recognition(nullptr));
  EXPECT_TRUE(r.is_edgemesh);
  EXPECT_EQ(r.kind, backend_kind::openai);
}

TEST(Recognition, WhatDoesNotAnswerIsAskedOnce) {
  using enum probe_reply::outcome;
  for (const auto how : {refused, timed_out, broken}) {
    scripted_backend b;
    b.everywhere(everything(how));
    const auto r = b.run(make_recognition(nullptr));
    EXPECT_EQ(r.kind, backend_kind::automatic);
    EXPECT_EQ(r.health, backend_health::down);
    EXPECT_THAT(b.asked, ElementsAre("/"));
  }
}

TEST(Probe, EveryKindHasOne) {
  for (const auto kind : {backend_kind::openai, backend_kind::llamacpp, backend_kind::vllm, backend_kind::ollama, backend_kind::cognis}) {
    const auto p = make_probe(kind, nullptr);
    EXPECT_TRUE(p->next()) << name_of(kind);
    EXPECT_EQ(p->report().kind, kind);
    EXPECT_EQ(p->report().health, backend_health::unknown);
  }
}

TEST(Probe, WellKnownPortsCoverBothDefaultsOfLlamaServerAndTheSlots) {
  std::vector<int> ports;
  for (const auto& p : well_known_ports()) ports.push_back(p.port);
  for (const int port : {11434, 8080, 9931, 8000, 1234, 1337, 30000, 52415, 5000, 5001}) EXPECT_THAT(ports, Contains(port));
  for (const auto& slot : cognis_slot_ports()) EXPECT_THAT(ports, Contains(slot.port));
  EXPECT_THAT(ports, Not(Contains(8780)));
  EXPECT_THAT(cognis_slot_ports(), SizeIs(5));
}

}  // namespace
}  // namespace edgemesh::dialects
