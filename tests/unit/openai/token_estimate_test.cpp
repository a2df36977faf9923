#include "openai/token_estimate.hpp"

#include <gtest/gtest.h>

namespace edgemesh::openai {
namespace {

std::int64_t estimate(endpoint kind, std::string_view body) {
  return estimate_prompt_tokens(kind, find_deciding_members(json::value::first_in(body)).value());
}

TEST(TokenEstimate, CountsABytesQuarter) {
  EXPECT_EQ(estimate_tokens(0), 0);
  EXPECT_EQ(estimate_tokens(1), 1);
  EXPECT_EQ(estimate_tokens(4), 1);
  EXPECT_EQ(estimate_tokens(4001), 1001);
}

TEST(TokenEstimate, AddsAShareForEachMessage) {
  const auto one = estimate(endpoint::chat, R"({"messages":[{"role":"user","content":"12345678"}]})");
  EXPECT_EQ(one, 6);
  EXPECT_EQ(estimate(endpoint::chat, R"({"messages":[{"role":"user","content":"12345678"},{"role":"user","content":"12345678"}]})"), 2 * one);
}

TEST(TokenEstimate, CountsTextPartsAndNotThePayloadOfMedia) {
  const std::string image = R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" + std::string(100'000, 'A') + "\"}}";
  const auto with = estimate(endpoint::chat, R"({"messages":[{"role":"user","content":[{"type":"text","text":"1234"},)" + image + "]}]}");
  EXPECT_GT(with, 100);
  EXPECT_LT(with, 1000);
}

TEST(TokenEstimate, CountsEscapedTextUnescaped) {
  EXPECT_EQ(estimate(endpoint::completions, R"({"prompt":"\u0041\u0041\u0041\u0041"})"), 1);
}

TEST(TokenEstimate, ToolsAndCallsWeighToo) {
  const auto plain = estimate(endpoint::chat, R"({"messages":[{"role":"user","content":"x"}]})");
  EXPECT_GT(estimate(endpoint::chat, R"({"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]})"), plain + 16);
  EXPECT_GT(estimate(endpoint::chat, R"({"messages":[{"role":"user","content":"x","tool_calls":[{"id":"1","function":{"name":"f"}}]}]})"), plain + 5);
}

TEST(TokenEstimate, ReadsEveryShapeOfInput) {
  EXPECT_EQ(estimate(endpoint::embeddings, R"({"input":"12345678"})"), 2);
  EXPECT_EQ(estimate(endpoint::embeddings, R"({"input":["1234","5678"]})"), 2);
  EXPECT_EQ(estimate(endpoint::embeddings, R"({"input":[1,2,3]})"), 3);
  EXPECT_EQ(estimate(endpoint::completions, R"({"prompt":[[1,2],[3]]})"), 3);
  EXPECT_EQ(estimate(endpoint::chat, R"({"input":"12345678"})"), 0);
}

}  // namespace
}  // namespace edgemesh::openai
