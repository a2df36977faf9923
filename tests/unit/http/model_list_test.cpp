#include "http/model_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::http {
namespace {
using routing::make_row;
using routing::make_table;
using testing::HasSubstr;

TEST(ModelList, AnEntryHasOpenAiFieldsAndOurs) {
  auto row = make_row("cluster", {"qwen"}, backend_kind::vllm);
  auto& m = row->models[0];
  m.owned_by = "vllm";
  m.created = 1700000000;
  m.context_length = 32768;
  m.loaded = true;
  m.capabilities = {capability::chat, capability::tools};
  EXPECT_EQ(model_list_body(make_table({row})),
            R"({"object":"list","data":[{"id":"qwen","object":"model","created":1700000000,"owned_by":"vllm","context_length":32768,)"
            R"("capabilities":["chat","tools"],"loaded":true,"backends":["cluster"],"nodes":["n1"],"virtual":false}]})");
}

TEST(ModelList, WhatNobodySaysIsNullOrConstant) {
  EXPECT_EQ(model_list_body(make_table({make_row("a", {"m"})})),
            R"({"object":"list","data":[{"id":"m","object":"model","created":1735689600,"owned_by":"edgemesh","context_length":null,)"
            R"("capabilities":[],"loaded":null,"backends":["a"],"nodes":["n1"],"virtual":false}]})");
  EXPECT_EQ(model_list_body(make_table({})), R"({"object":"list","data":[]})");
}

TEST(ModelList, Case52OneEntryForThreeDialectsWhateverTheirOrder) {
  auto a = make_row("a", {"llama3"}, backend_kind::vllm), b = make_row("b", {"llama3"}, backend_kind::llamacpp, "n2"),
       c = make_row("c", {"llama3"}, backend_kind::openai);
  a->models[0].owned_by = "vllm";
  a->models[0].created = 1700000300;
  a->models[0].context_length = 4096;
  a->models[0].loaded = false;
  b->models[0].owned_by = "llamacpp";
  b->models[0].created = 1700000200;
  b->models[0].context_length = 8192;
  b->models[0].loaded = true;
  const auto body = model_list_body(make_table({a, b, c}));
  EXPECT_EQ(body, model_list_body(make_table({c, b, a})));
  EXPECT_EQ(body, model_list_body(make_table({b, a, c})));
  EXPECT_EQ(body,
            R"({"object":"list","data":[{"id":"llama3","object":"model","created":1700000200,"owned_by":"llamacpp","context_length":8192,)"
            R"("capabilities":[],"loaded":true,"backends":["a","b","c"],"nodes":["n1","n2"],"virtual":false}]})");
}

TEST(ModelList, AVirtualModelShowsWhatItStandsFor) {
  routing::virtual_model assistant{"assistant", {{{}, "small"}, {{}, "b::big"}}, {}};
  routing::virtual_model loop{"loop", {{{}, "assistant"}, {{}, "loop"}}, {}};
  auto a = make_row("a", {"small", "big"}), b = make_row("b", {"big"});
  a->models[0].context_length = 100;
  b->models[0].context_length = 900;
  a->models[1].context_length = 5000;  // not the pinned one
  const auto table = make_table({a, b}, {assistant, loop});
  const auto entry = model_body(table, "assistant").value();
  EXPECT_THAT(entry, HasSubstr(R"("context_length":900)"));
  EXPECT_THAT(entry, HasSubstr(R"("backends":["a","b"])"));
  EXPECT_THAT(entry, HasSubstr(R"("virtual":true)"));
  EXPECT_THAT(entry, HasSubstr(R"("owned_by":"edgemesh")"));
  EXPECT_THAT(model_body(table, "loop").value(), HasSubstr(R"("backends":["a","b"])"));
}

TEST(ModelList, Case55ALoraIsListedAsAnIdOfItsOwn) {
  const auto body = model_list_body(make_table({make_row("a", {"base", "base-lora"})}));
  EXPECT_THAT(body, HasSubstr(R"("id":"base",)"));
  EXPECT_THAT(body, HasSubstr(R"("id":"base-lora",)"));
}

TEST(ModelList, Case50IdsAreReadEncodedAndRaw) {
  const auto table = make_table({make_row("laptop", {"library/llama3:8b"}, backend_kind::ollama), make_row("x", {"a b+c"})});
  for (auto path : {"library/llama3:8b", "library%2Fllama3%3A8b", "library%2fllama3:8b", "Llama3:8B"}) {
    const auto id = model_id_from_path(path);
    ASSERT_TRUE(id) << path;
    const auto body = model_body(table, *id);
    ASSERT_TRUE(body) << path;
    EXPECT_THAT(body.value(), HasSubstr(R"({"id":"library/llama3:8b","object":"model")"));
  }
  EXPECT_EQ(model_id_from_path("a%20b+c"), "a b+c");  // a plus is a plus in a path
  for (auto path : {"", "%", "%2", "a%2", "%zz", "%ff", "%f0%9f"}) EXPECT_FALSE(model_id_from_path(path)) << path;
  EXPECT_FALSE(model_id_from_path(std::string(600, 'a')));
}

TEST(ModelList, AnUnknownIdIs404WithTheNearest) {
  const auto body = model_body(make_table({make_row("a", {"qwen2.5-72b"})}), "qwen2.5-7b");
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().status, 404);
  EXPECT_EQ(body.error().code, "model_not_found");
  EXPECT_THAT(body.error().message, HasSubstr("qwen2.5-72b"));
}

}  // namespace
}  // namespace edgemesh::http
