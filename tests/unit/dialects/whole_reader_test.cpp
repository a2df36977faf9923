#include "tests/unit/dialects/reading.hpp"

namespace edgemesh::dialects {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

answer_options whole_options(endpoint kind = endpoint::chat) {
  answer_options o = chat_stream_options();
  o.stream = false;
  o.kind = kind;
  return o;
}

answer read_whole(std::string body, answer_options options = whole_options(), backend_kind kind = backend_kind::openai) {
  return read_answer(options, {.body = std::move(body), .content_type = "application/json"}, kind);
}

constexpr const char* good =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"public-model", "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11},"system_fingerprint":"fp"})";

std::string with(std::string_view from, std::string_view to) {
  std::string text = good;
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(WholeReader, PassesACanonicalAnswerByteForByte) {
  const answer a = read_whole(good);
  EXPECT_EQ(a.out, good);
  EXPECT_TRUE(a.complete);
  EXPECT_TRUE(a.content);
  EXPECT_EQ(a.usage, (token_usage{9, 2, 0, 0, usage_source::upstream}));
  EXPECT_EQ(a.upstream_model, "public-model");
}

TEST(WholeReader, PutsThePublicModelNameInPlace) {
  const answer a = read_whole(with("public-model", "theirs"));
  EXPECT_EQ(a.out, good);
  EXPECT_EQ(a.upstream_model, "theirs");
}

TEST(WholeReader, AddsWhatIsMissing) {
  const answer a = read_whole(R"({"choices":[{"message":{"content":"hi"}}]})");
  EXPECT_EQ(a.usage.source, usage_source::estimated);
  EXPECT_EQ(a.usage.prompt_tokens, 7);
  for (const char* part : {R"("id":"chatcmpl-ours")", R"("object":"chat.completion")", R"("created":1700000000)", R"("model":"public-model")",
                           R"("index":0)", R"("role":"assistant")", R"("finish_reason":"stop")", R"("usage":{"prompt_tokens":7,)"})
    EXPECT_THAT(a.out, HasSubstr(part));
}

TEST(WholeReader, Case09ErrorInsideA200IsMapped) {
  for (const char* body : {R"({"object":"error","message":"no","type":"BadRequestError","param":null,"code":400})",
                           R"({"error":{"message":"no","type":"BadRequestError","param":null,"code":400}})"}) {
    const answer a = read_whole(body, whole_options(), backend_kind::vllm);
    ASSERT_TRUE(a.failure);
    EXPECT_EQ(a.failure->error.status, 400);
    EXPECT_EQ(a.failure->error.message, "no");
    EXPECT_EQ(a.out, "");
  }
}

TEST(WholeReader, WhatIsNoAnswerIsGarbage) {
  for (const char* body : {"", "  ", "<html>x</html>", "{", "[]", "{}", R"({"choices":[]})", R"({"choices":null})", R"({"choices":[1]})",
                           R"({"choices":[{"message":null}]})", R"({"choices":[{"text":"a"}]})", "data: {}\n\n"}) {
    const answer a = read_whole(body);
    ASSERT_TRUE(a.failure) << body;
    EXPECT_EQ(a.failure->cause, attempt_cause::garbage) << body;
    EXPECT_EQ(a.failure->error.status, 502);
    EXPECT_EQ(a.out, "");
    EXPECT_FALSE(a.content);
  }
}

TEST(WholeReader, Case12AbortIsAnError) {
  const answer a = read_whole(with(R"("finish_reason":"stop")", R"("finish_reason":"abort")"));
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::server_error);
  EXPECT_EQ(a.out, "");
}

TEST(WholeReader, FinishReasonsBecomeOurs) {
  EXPECT_EQ(read_whole(with(R"(:"stop")", R"(:"eos_token")")).out, good);
  EXPECT_EQ(read_whole(with(R"(:"stop")", R"(:"")")).out, good);
  EXPECT_EQ(read_whole(with(R"(:"stop")", R"(:null)")).out, good);
}

TEST(WholeReader, Case23CutBodyIsAReset) {
  const answer a = read_answer(whole_options(), {.body = good, .clean = false});
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::reset);
  EXPECT_EQ(a.failure->error.code, "upstream_disconnected");
}

TEST(WholeReader, OversizeBodyIsRefused) {
  auto options = whole_options();
  options.body_bytes_max = 100;
  const answer a = read_whole(good, options);
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->error.code, "upstream_too_large");
}

TEST(WholeReader, Case21BadBytesAreRepaired) {
  const answer a = read_whole(with("hi", "h\xF0\x9Fi"));
  EXPECT_TRUE(a.complete);
  EXPECT_THAT(a.out, HasSubstr("\xEF\xBF\xBD"));
}

TEST(WholeReader, ToolCallsGetIdsAndTextArguments) {
  const answer a = read_whole(with(R"("content":"hi")", R"("content":null,"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"id":"x","type":"function","function":{"name":"g","arguments":"{}"}}])"));
  EXPECT_THAT(a.out, HasSubstr(R"({"function":{"name":"f","arguments":"{\"a\":1}"},"id":"call_chatcmpl-ours_0","type":"function"})"));
  EXPECT_THAT(a.out, HasSubstr(R"({"id":"x","type":"function","function":{"name":"g","arguments":"{}"}})"));
}

TEST(WholeReader, ReasoningComesUnderTheWantedName) {
  const answer a = read_whole(with(R"("content":"hi")", R"("content":"hi","reasoning":"hm")"));
  EXPECT_THAT(a.out, HasSubstr(R"("content":"hi","reasoning_content":"hm"})"));
  EXPECT_EQ(a.text_bytes, 4u);
}

TEST(WholeReader, TextCompletionPasses) {
  const std::string body = R"({"id":"cmpl-1","object":"text_completion","created":5,"model":"public-model","choices":[{"text":"abc","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":3,"total_tokens":4}})";
  EXPECT_EQ(read_whole(body, whole_options(endpoint::completions)).out, body);
}

answer read_embeddings(std::string body, bool base64) {
  auto options = whole_options(endpoint::embeddings);
  options.wants_base64 = base64;
  return read_whole(std::move(body), options);
}

constexpr const char* floats = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-2.0]}],"model":"public-model","usage":{"prompt_tokens":4,"total_tokens":4}})";
constexpr const char* base64 = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAMA="}],"model":"public-model","usage":{"prompt_tokens":4,"total_tokens":4}})";

TEST(EmbeddingAnswer, Case70FloatsBecomeBase64) {
  EXPECT_EQ(read_embeddings(floats, true).out, base64);
  EXPECT_EQ(read_embeddings(base64, true).out, base64);
}

TEST(EmbeddingAnswer, Case71FloatsStayFloats) {
  const answer a = read_embeddings(floats, false);
  EXPECT_EQ(a.out, floats);
  EXPECT_EQ(a.usage, (token_usage{4, 0, 0, 0, usage_source::upstream}));
}

TEST(EmbeddingAnswer, Case72Base64BecomesFloats) {
  const answer a = read_embeddings(base64, false);
  EXPECT_THAT(a.out, HasSubstr(R"("index":0,"embedding":[1)"));
  EXPECT_THAT(a.out, Not(HasSubstr("AACAPwAAAMA=")));
}

TEST(EmbeddingAnswer, EntriesComeInTheOrderOfTheInputs) {
  const answer a = read_embeddings(R"({"object":"list","data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}})", false);
  EXPECT_THAT(a.out, HasSubstr(R"("data":[{"index":0,"embedding":[1],"object":"embedding"},{"index":1,"embedding":[2],"object":"embedding"}])"));
}

TEST(EmbeddingAnswer, AnEmptyOrBrokenListIsGarbage) {
  for (const char* data : {"[]", "null", R"([{"index":0}])", R"([{"index":0,"embedding":"*"}])", R"([{"index":0,"embedding":{}}])", "[3]"}) {
    const answer a = read_embeddings(R"({"object":"list","data":)" + std::string(data) + R"(,"model":"m"})", false);
    ASSERT_TRUE(a.failure) << data;
    EXPECT_EQ(a.failure->cause, attempt_cause::garbage);
  }
}

TEST(EmbeddingAnswer, Case74ChatOnlyServerIsUnsupported) {
  const answer a = read_answer(whole_options(endpoint::embeddings), {.body = R"({"error":{"code":501,"message":"This server does not support embeddings.","type":"not_supported_error"}})", .status = 501}, backend_kind::llamacpp);
  ASSERT_TRUE(a.failure);
  EXPECT_EQ(a.failure->cause, attempt_cause::unsupported);
  EXPECT_EQ(a.failure->error.status, 501);
  EXPECT_EQ(a.failure->error.code, "unsupported_endpoint");
}

}  // namespace
}  // namespace edgemesh::dialects
