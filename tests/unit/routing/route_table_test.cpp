#include "routing/route_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/ollama_name.hpp"
#include "tests/unit/routing/table_builder.hpp"

namespace edgemesh::routing {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> serving(const route_table& table, std::string_view model) {
  std::vector<std::string> out;
  for (const auto& c : table.offers_of(model)) out.push_back(c.backend->name);
  return out;
}

TEST(OllamaName, IsCompletedWithDefaultsAndCompared) {
  EXPECT_EQ(canonical_ollama_name("llama3"), "registry.ollama.ai/library/llama3:latest");
  for (auto same : {"LLAMA3", "llama3:latest", "library/llama3", "registry.ollama.ai/library/Llama3:LATEST"})
    EXPECT_EQ(canonical_ollama_name(same), canonical_ollama_name("llama3")) << same;
  for (auto different : {"llama3:8b", "mine/llama3", "llama3.1", "host:5000/library/llama3", "llama"})
    EXPECT_NE(canonical_ollama_name(different), canonical_ollama_name("llama3")) << different;
  EXPECT_EQ(canonical_ollama_name("host:5000/ns/m"), "host:5000/ns/m:latest");  // that colon is a port
  EXPECT_EQ(canonical_ollama_name("hf.co/a/B-GGUF:Q4_K_M"), "hf.co/a/b-gguf:q4_k_m");
}

TEST(RouteTable, Case49AppliesOllamasNameRuleToOllamaAlone) {
  const auto table = make_table({make_row("laptop", {"llama3:latest", "llama3:8b"}, backend_kind::ollama),
                                 make_row("cluster", {"Qwen", "llama3:8b"}, backend_kind::vllm)});
  EXPECT_THAT(serving(table, "LLAMA3"), ElementsAre("laptop"));
  EXPECT_EQ(table.offers_of("LLAMA3").front().model->name, "llama3:latest");
  EXPECT_THAT(serving(table, "llama3:8b"), UnorderedElementsAre("laptop", "cluster"));
  EXPECT_THAT(serving(table, "LLAMA3:8B"), ElementsAre("laptop"));
  EXPECT_THAT(serving(table, "Qwen"), ElementsAre("cluster"));
  EXPECT_THAT(serving(table, "qwen"), IsEmpty());
  EXPECT_THAT(serving(table, "llama"), IsEmpty());
}

TEST(RouteTable, MergesAnExactNameWithTheOllamaRowsThatMeanIt) {
  const auto table = make_table({make_row("cluster", {"llama3"}, backend_kind::vllm),
                                 make_row("laptop", {"llama3:latest"}, backend_kind::ollama)});
  EXPECT_THAT(serving(table, "llama3"), UnorderedElementsAre("cluster", "laptop"));
  EXPECT_THAT(serving(table, "llama3:latest"), ElementsAre("laptop"));
}

TEST(RouteTable, ABackendIsOneCandidatePerPathHoweverOftenItListsAModel) {
  auto row = make_row("laptop", {"llama3:latest", "LLAMA3:latest"}, backend_kind::ollama);
  row->paths.resize(2);
  const auto table = make_table({row});
  EXPECT_EQ(table.offers_of("llama3").size(), 2u);
}

TEST(RouteTable, NamesAreSortedAndUniqueWithVirtualOnes) {
  const auto table = make_table({make_row("a", {"z", "m"}), make_row("b", {"m"})}, {{"assistant", {}, {}}});
  EXPECT_THAT(table.model_names(), ElementsAre("assistant", "m", "z"));
  EXPECT_NE(table.find_virtual("assistant"), nullptr);
  EXPECT_EQ(table.find_virtual("m"), nullptr);
}

TEST(RouteTable, TheSoleModelIsTheDefault) {
  EXPECT_EQ(make_table({make_row("a", {"m"}), make_row("b", {"m"})}).sole_model(), "m");
  EXPECT_EQ(make_table({make_row("a", {"m", "n"})}).sole_model(), std::nullopt);
  EXPECT_EQ(make_table({make_row("a", {"m", "n"})}, {}, "n").sole_model(), "n");
  EXPECT_EQ(make_table({}).sole_model(), std::nullopt);
}

TEST(RouteTable, NamesWithoutEndMatchNothing) {
  const std::string endless(100'000, 'x');
  EXPECT_TRUE(make_table({make_row("a", {endless})}).candidates_for(endless).empty());
}

TEST(RouteTable, ModelsThatRunElsewhereGetTheLowestClassUnlessConfigured) {
  auto row = make_row("laptop", {"big:cloud"});
  EXPECT_EQ(row->class_for(row->models[0]), 2);
  row->models[0].runs_elsewhere = true;
  EXPECT_EQ(row->class_for(row->models[0]), 0);
  row->data_class_configured = true;
  EXPECT_EQ(row->class_for(row->models[0]), 2);
}

}  // namespace
}  // namespace edgemesh::routing
