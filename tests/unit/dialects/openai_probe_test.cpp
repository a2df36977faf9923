#include "dialects/openai_probe.hpp"

#include "dialects/model_list.hpp"
#include "tests/unit/dialects/probe_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(OpenaiProbe, ReadsAnyModelList) {
  scripted_backend b;
  b.on("/v1/models", R"({"data":[{"id":"a","created":5,"owned_by":"openai"},{"id":"b","context_length":128000,"architecture":{"input_modalities":["text","image"]}},{"id":"c","max_model_len":4096}]})");
  const auto r = b.run(make_openai_probe());
  EXPECT_EQ(r.kind, backend_kind::openai);
  EXPECT_EQ(r.health, backend_health::ready);
  ASSERT_THAT(r.models, SizeIs(3));
  EXPECT_EQ(r.models[0].created, 5);
  EXPECT_EQ(r.models[0].owned_by, "openai");
  EXPECT_EQ(r.models[1].context_length, 128000);
  EXPECT_TRUE(r.models[1].capabilities.has(capability::vision));
  EXPECT_TRUE(r.models[1].capabilities.lacks(capability::audio));
  EXPECT_EQ(r.models[2].context_length, 4096);
}

TEST(OpenaiProbe, WithoutAListInfoNamesTheModel) {
  scripted_backend b;
  b.on("/info", R"({"model_id":"org/m","router":"tgi","max_total_tokens":4096,"version":"3.0.1"})");
  const auto r = b.run(make_openai_probe());
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].name, "org/m");
  EXPECT_EQ(r.models[0].context_length, 4096);
  EXPECT_EQ(r.version, "3.0.1");
}

TEST(OpenaiProbe, WithoutAnyListItIsReadyAndItsModelsUnknown) {
  scripted_backend b;
  const auto r = b.run(make_openai_probe());
  EXPECT_EQ(r.health, backend_health::ready);
  EXPECT_FALSE(r.models_known);
}

TEST(OpenaiProbe, HealthFollowsTheStatus) {
  const std::pair<int, backend_health> table[] = {{401, backend_health::misconfigured}, {403, backend_health::misconfigured},
                                                  {500, backend_health::down},          {502, backend_health::down},
                                                  {503, backend_health::warming},       {429, backend_health::ready}};
  for (const auto& [status, health] : table) {
    scripted_backend b;
    b.on("/v1/models", status, "secret text");
    const auto r = b.run(make_openai_probe());
    EXPECT_EQ(r.health, health) << status;
    EXPECT_FALSE(r.models_known) << status;
    EXPECT_THAT(r.detail, testing::Not(testing::HasSubstr("secret"))) << status;
  }
  scripted_backend html;
  html.on("/v1/models", "<html>");
  EXPECT_EQ(html.run(make_openai_probe()).health, backend_health::misconfigured);
}

TEST(OpenaiProbe, AnEdgeMeshIsReadWithWhatItAdds) {
  scripted_backend b;
  b.everywhere({probe_reply::outcome::answered, 200, "application/json",
                R"({"data":[{"id":"m","context_length":8,"capabilities":["chat","tools","?"],"loaded":true}]})", "fra-1"});
  const auto r = b.run(make_openai_probe());
  EXPECT_TRUE(r.is_edgemesh);
  ASSERT_THAT(r.models, SizeIs(1));
  EXPECT_EQ(r.models[0].capabilities, (capability_set{capability::chat, capability::tools}));
  EXPECT_EQ(r.models[0].loaded, true);
}

TEST(ModelList, ListsAndNamesAreBounded) {
  std::string cards, separator;
  for (int i = 0; i < 5000; ++i, separator = ",") cards += separator + R"({"id":"m)" + std::to_string(i) + "\"}";
  const std::string many = R"({"data":[)" + cards + "]}";
  EXPECT_THAT(*read_model_list(json::value::first_in(many)), SizeIs(4096));
  for (const char* id : {"a\nb", "\x7f", "\xC2\x85", "\t", ""}) EXPECT_FALSE(is_acceptable_model_id(id)) << id;
  EXPECT_FALSE(is_acceptable_model_id(std::string(257, 'a')));
  EXPECT_TRUE(is_acceptable_model_id(std::string(256, 'a')));
  EXPECT_TRUE(is_acceptable_model_id("org/modèle:7b\xC2\xA0"));
}

TEST(ModelList, WhatIsNoListIsNone) {
  for (const std::string text : {"[]", "{}", R"({"data":{}})", "5", ""})
    EXPECT_FALSE(read_model_list(json::value::first_in(text))) << text;
  const std::string odd = R"({"data":[5,null,{"id":7},{"id":"x","owned_by":"a\u0007","created":-5,"max_model_len":-1}]})";
  const auto list = read_model_list(json::value::first_in(odd));
  ASSERT_TRUE(list);
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_THAT(list->front().owned_by, IsEmpty());
  EXPECT_EQ(list->front().created, 0);
  EXPECT_EQ(list->front().context_length, std::nullopt);
}

TEST(ModelList, VersionsAreCleaned) {
  EXPECT_EQ(clean_version("b11669-abc_1+x.2"), "b11669-abc_1+x.2");
  EXPECT_EQ(clean_version("1\n\"<b>"), "1b");
  EXPECT_EQ(clean_version(std::string(100, '1')), std::string(64, '1'));
}

}  // namespace
}  // namespace edgemesh::dialects
