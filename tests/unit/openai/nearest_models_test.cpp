#include "openai/nearest_models.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace edgemesh::openai {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> known = {"llama3:8b", "llama3:70b", "library/qwen2.5:7b", "mistral-small", "nomic-embed-text", "gpt-4o-mini"};

TEST(NearestModels, FindsTyposAndOtherTags) {
  EXPECT_THAT(nearest_models("lama3:8b", known, 1), ElementsAre("llama3:8b"));
  EXPECT_THAT(nearest_models("LLAMA3", known), ElementsAre("llama3:8b", "llama3:70b"));
  EXPECT_THAT(nearest_models("llama3:9b", known), ElementsAre("llama3:8b", "llama3:70b"));
  EXPECT_THAT(nearest_models("qwen2.5", known), ElementsAre("library/qwen2.5:7b"));
  EXPECT_THAT(nearest_models("somebody/mistral-small:24b", known), ElementsAre("mistral-small"));
  EXPECT_THAT(nearest_models("mistrel-smal", known), ElementsAre("mistral-small"));
}

TEST(NearestModels, LeavesFarOnesOut) {
  EXPECT_THAT(nearest_models("completely-different", known), IsEmpty());
  EXPECT_THAT(nearest_models("", known), IsEmpty());
  EXPECT_THAT(nearest_models("llama3", {}), IsEmpty());
  EXPECT_THAT(nearest_models("llama3", known, 0), IsEmpty());
}

TEST(NearestModels, NamesEachModelOnce) {
  EXPECT_THAT(nearest_models("abcd", {"abce", "abcd", "abce", "abcf"}, 5), ElementsAre("abcd", "abce", "abcf"));
}

TEST(NearestModels, CostsLittleForHostileNames) {
  std::vector<std::string> many;
  for (int i = 0; i < 20'000; ++i) many.push_back(std::string(300, 'a') + std::to_string(i));
  const auto began = std::chrono::steady_clock::now();
  const auto found = nearest_models(std::string(1u << 20, 'a') + "b", many);
  EXPECT_LE(found.size(), 3u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
}

}  // namespace
}  // namespace edgemesh::openai
