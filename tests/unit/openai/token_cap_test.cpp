#include "openai/token_cap.hpp"

#include <gtest/gtest.h>

namespace edgemesh::openai {
namespace {

std::string capped(std::string body, std::int64_t cap, endpoint kind = endpoint::chat) {
  auto request = read_request(kind, std::move(body));
  EXPECT_TRUE(request);
  cap_tokens(*request, cap);
  return request->body;
}

TEST(TokenCap, WhoDoesNotSayAsksForTheCap) {
  EXPECT_EQ(capped(R"({"model":"m","messages":[{"role":"user","content":"x"}]})", 50), R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":50})");
}

TEST(TokenCap, WhoAsksForMoreAsksForTheCapUnderTheSameName) {
  EXPECT_EQ(capped(R"({"max_tokens":100,"messages":[{"role":"user","content":"x"}]})", 50), R"({"max_tokens":50,"messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(capped(R"({"max_completion_tokens":100,"messages":[{"role":"user","content":"x"}]})", 50), R"({"max_completion_tokens":50,"messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(capped(R"({"max_completion_tokens":100,"max_tokens":200,"messages":[{"role":"user","content":"x"}]})", 50), R"({"max_completion_tokens":50,"max_tokens":50,"messages":[{"role":"user","content":"x"}]})");
}

TEST(TokenCap, WhoAsksForLessIsLeftAlone) {
  constexpr auto body = R"({"max_tokens":7,"messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(capped(body, 50), body);
}

TEST(TokenCap, AnEscapedNameIsTheSameName) {
  EXPECT_EQ(capped(R"({"max\u005ftokens":100,"messages":[{"role":"user","content":"x"}]})", 50), R"({"max\u005ftokens":50,"messages":[{"role":"user","content":"x"}]})");
}

TEST(TokenCap, EmbeddingsHaveNoAnswerToLimit) {
  constexpr auto body = R"({"model":"m","input":"x"})";
  EXPECT_EQ(capped(body, 50, endpoint::embeddings), body);
}

}  // namespace
}  // namespace edgemesh::openai
