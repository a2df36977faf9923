#include "dialects/ollama_probe.hpp"

#include "dialects/ollama_model.hpp"
#include "tests/unit/dialects/probe_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

scripted_backend ollama() {
  scripted_backend b;
  b.on("/api/version", R"({"version":"0.32.15"})")
      .on("/api/tags", R"({"models":[{"name":"llama3:latest","model":"llama3:latest","modified_at":"2026-11-22T10:00:00.123+02:00","digest":"d1"},)"
                       R"({"name":"acme/embed:v1","digest":"d2"}]})")
      .on("/api/ps", R"({"models":[{"name":"llama3:latest","context_length":4096}]})")
      .on(R"(/api/show{"model":"llama3:latest"})", R"({"capabilities":["completion","tools","thinking"],"model_info":{"general.architecture":"llama","llama.context_length":131072}})")
      .on(R"(/api/show{"model":"acme/embed:v1"})", R"({"capabilities":["embedding"],"model_info":{"bert.context_length":512}})");
  return b;
}

TEST(OllamaProbe, ReadsModelsLoadedOnesAndWhatTheyCan) {
  auto b = ollama();
  const auto r = b.run(make_ollama_probe(nullptr));
  EXPECT_EQ(r.kind, backend_kind::ollama);
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.detail, "");
  EXPECT_EQ(r.version, "0.32.15");
  EXPECT_TRUE(r.models_known);
  ASSERT_THAT(r.models, SizeIs(2));
  const auto& chat = r.models[1];
  EXPECT_EQ(chat.name, "llama3:latest");
  EXPECT_EQ(chat.upstream, "llama3:latest");
  EXPECT_EQ(chat.owned_by, "library");
  EXPECT_EQ(chat.created, 1795334400);
  EXPECT_EQ(chat.loaded, true);
  EXPECT_EQ(chat.context_length, 4096) << "what it is loaded with, not what it could have";
  EXPECT_TRUE(chat.capabilities.has(capability::chat));
  EXPECT_TRUE(chat.capabilities.has(capability::tools));
  EXPECT_TRUE(chat.capabilities.has(capability::reasoning));
  EXPECT_TRUE(chat.capabilities.lacks(capability::vision));
  EXPECT_TRUE(chat.capabilities.lacks(capability::embeddings));
  const auto& embed = r.models[0];
  EXPECT_EQ(embed.owned_by, "acme");
  EXPECT_EQ(embed.loaded, false);
  EXPECT_EQ(embed.context_length, 512);
  EXPECT_TRUE(embed.capabilities.lacks(capability::chat));
  EXPECT_TRUE(embed.capabilities.has(capability::embeddings));
}

TEST(OllamaProbe, RemembersWhatItWasShown) {
  probe_memory memory;
  auto b = ollama();
  const auto first = b.run(make_ollama_probe(&memory));
  EXPECT_THAT(memory.shown, SizeIs(2));
  b.asked.clear();
  const auto second = b.run(make_ollama_probe(&memory));
  EXPECT_THAT(b.asked, ElementsAre("/api/version", "/api/tags", "/api/ps"));
  EXPECT_EQ(second.models, first.models);
}

TEST(OllamaProbe, AsksForEightModelsInOneRunTheLoadedOnesFirst) {
  probe_memory memory;
  scripted_backend b;
  std::string tags, separator;
  for (int i = 0; i < 20; ++i, separator = ",")
    tags += separator + R"({"name":"m)" + std::to_string(i) + R"(:latest","digest":"d)" + std::to_string(i) + "\"}";
  b.on("/api/version", R"({"version":"1"})").on("/api/tags", R"({"models":[)" + tags + "]}");
  b.on("/api/ps", R"({"models":[{"name":"m19:latest"}]})").on("/api/show", R"({"capabilities":["completion"]})");
  b.run(make_ollama_probe(&memory));
  EXPECT_THAT(b.asked, SizeIs(3 + 8));
  EXPECT_EQ(b.asked[3], R"(/api/show{"model":"m19:latest"})");
  EXPECT_THAT(memory.shown, SizeIs(8));
  for (int run = 0; run < 2; ++run) b.run(make_ollama_probe(&memory));
  EXPECT_THAT(memory.shown, SizeIs(20));
}

TEST(OllamaProbe, MemoryIsBounded) {
  probe_memory memory;
  for (int i = 0; i < 512; ++i) memory.shown.emplace_back("old" + std::to_string(i), model_offer());
  auto b = ollama();
  b.run(make_ollama_probe(&memory));
  EXPECT_THAT(memory.shown, SizeIs(512));
  EXPECT_NE(memory.shown.front().first, "old0");
}

TEST(OllamaProbe, ShowIsNotNeededWhereTheTagsSayEverything) {
  scripted_backend b;
  b.on("/api/version", R"({"version":"1"})")
      .on("/api/tags", R"({"models":[{"name":"a:1","digest":"d","details":{"context_length":2048},"capabilities":["completion","vision"]}]})");
  const auto r = b.run(make_ollama_probe(nullptr));
  EXPECT_THAT(b.asked, SizeIs(3));
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].context_length, 2048);
  EXPECT_TRUE(r.models[0].capabilities.has(capability::vision));
  EXPECT_EQ(r.models[0].loaded, std::nullopt) << "/api/ps did not answer";
}

TEST(OllamaProbe, AParameterOfTheModelWinsOverItsTraining) {
  model_offer offer;
  const std::string reply = R"({"parameters":"stop  \"x\"\nnum_ctx                        8192\n","model_info":{"llama.context_length":131072}})";
  describe_ollama_model(offer, json::value::first_in(reply));
  EXPECT_EQ(offer.context_length, 8192);
}

TEST(OllamaProbe, OldServersLeaveCapabilitiesUnknown) {
  model_offer offer;
  const std::string reply = R"({"model_info":{"llama.context_length":4096}})";
  describe_ollama_model(offer, json::value::first_in(reply));
  EXPECT_TRUE(offer.capabilities.empty());
}

TEST(OllamaProbe, ModelsInTheCloudRunElsewhere) {
  for (const char* name : {"big:cloud", "big:120b-cloud", "ns/big:CLOUD"}) EXPECT_TRUE(is_cloud_name(name)) << name;
  for (const char* name : {"cloud:latest", "big-cloud", "host:5000/cloud/m", "big:cloudy", "cloud"}) EXPECT_FALSE(is_cloud_name(name)) << name;
  scripted_backend b;
  b.on("/api/version", R"({"version":"1"})")
      .on("/api/tags", R"({"models":[{"name":"a:cloud"},{"name":"b:1","remote_host":"https://ollama.com:443"},{"name":"c:1"}]})");
  const auto r = b.run(make_ollama_probe(nullptr));
  ASSERT_THAT(r.models, SizeIs(3));
  EXPECT_TRUE(r.models[0].runs_elsewhere);
  EXPECT_TRUE(r.models[1].runs_elsewhere);
  EXPECT_FALSE(r.models[2].runs_elsewhere);
}

TEST(OllamaProbe, UntrustedNamesAreDroppedAndCounted) {
  scripted_backend b;
  b.on("/api/version", R"({"version":"1<script>"})")
      .on("/api/tags", R"({"models":[{"name":"a\nb"},{"name":""},{"name":")" + std::string(257, 'x') + R"("},{"name":"ok"},{"name":"ok"},{}]})");
  const auto r = b.run(make_ollama_probe(nullptr));
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].name, "ok");
  EXPECT_EQ(r.version, "1script");
}

TEST(OllamaProbe, TheOrderOfTheListDoesNotMatter) {
  const auto models = [](const std::string& list) {
    scripted_backend b;
    b.on("/api/version", R"({"version":"1"})").on("/api/tags", R"({"models":[)" + list + "]}");
    return b.run(make_ollama_probe(nullptr)).models;
  };
  EXPECT_EQ(models(R"({"name":"a:1"},{"name":"b:1"})"), models(R"({"name":"b:1"},{"name":"a:1"})"));
}

TEST(OllamaProbe, AnEmptyServerIsReady) {
  scripted_backend b;
  b.on("/api/version", R"({"version":"1"})").on("/api/tags", R"({"models":null})").on("/api/ps", R"({"models":[]})");
  const auto r = b.run(make_ollama_probe(nullptr));
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_TRUE(r.models_known);
  EXPECT_THAT(r.models, IsEmpty());
}

TEST(OllamaProbe, SlowShowsDoNotMakeTheProbeLong) {
  auto b = ollama();
  b.fails(R"(/api/show{"model":"llama3:latest"})", probe_reply::outcome::timed_out);
  const auto r = b.run(make_ollama_probe(nullptr));
  EXPECT_THAT(b.asked, SizeIs(4));
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_EQ(r.models.at(1).context_length, 4096);
}

TEST(OllamaProbe, FailuresHaveTheirHealth) {
  using enum probe_reply::outcome;
  for (const auto how : {refused, timed_out, broken}) {
    scripted_backend b;
    b.everywhere(everything(how));
    const auto r = b.run(make_ollama_probe(nullptr));
    EXPECT_EQ(r.health, backend_health::down);
    EXPECT_NE(r.detail, "");
    EXPECT_FALSE(r.models_known);
  }
  for (const int status : {401, 403, 404, 200}) {
    scripted_backend b;
    b.on("/api/version", status, "");
    EXPECT_EQ(b.run(make_ollama_probe(nullptr)).health, backend_health::misconfigured) << status;
  }
  auto b = ollama();
  b.on("/api/tags", 500, "{}");
  EXPECT_EQ(b.run(make_ollama_probe(nullptr)).health, backend_health::down);
}

TEST(OllamaProbe, TimesAreReadWithTheirZone) {
  EXPECT_EQ(unix_seconds("1970-01-01T00:00:01Z"), 1);
  EXPECT_EQ(unix_seconds("2026-11-22T10:00:00.999999999-01:30"), 1795347000);
  for (const char* bad : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T10:00:00", "2026-11-22T25:00:00Z", "x026-11-22T10:00:00Z", "2026-11-22T10:00:00+"})
    EXPECT_EQ(unix_seconds(bad), 0) << bad;
}

}  // namespace
}  // namespace edgemesh::dialects
