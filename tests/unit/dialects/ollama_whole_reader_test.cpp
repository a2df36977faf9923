#include "tests/unit/dialects/ollama_answer_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class OllamaWholeReader : public OllamaReader {
 protected:
  OllamaWholeReader() { options.stream = false; }
  attempt_cause cause_of(const std::string& body, bool clean = true, int status = 200) {
    const auto out = read(body, std::string::npos, clean, status);
    EXPECT_THAT(out.out, IsEmpty());
    EXPECT_FALSE(out.complete);
    return out.failure ? out.failure->cause : attempt_cause::ok;
  }
};

TEST_F(OllamaWholeReader, AChatBecomesOneCompletion) {
  const std::string body = R"({"model":"m","message":{"role":"assistant","content":"hi","thinking":"t"},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2})";
  const auto out = read(body, 1);
  EXPECT_TRUE(out.complete);
  EXPECT_TRUE(out.content);
  EXPECT_EQ(out.out,
            R"({"id":"chatcmpl-7f3a","object":"chat.completion","created":1790000000,"model":"public","choices":[{"index":0,)"
            R"("message":{"role":"assistant","content":"hi","refusal":null,"reasoning_content":"t"},"logprobs":null,"finish_reason":"stop"}],)"
            R"("usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0},)"
            R"("completion_tokens_details":{"reasoning_tokens":0}}})");
  EXPECT_EQ(out.upstream_model, "m");
  EXPECT_EQ(out.text_bytes, 3u);
  EXPECT_EQ(out.out, read(body).out);
}

TEST_F(OllamaWholeReader, ToolCallsHaveNullContentAndTheirFinishReason) {
  const auto out = read(R"({"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":true,"done_reason":"stop"})");
  const auto choice = *json::value::first_in(out.out)["choices"].elements().begin();
  EXPECT_TRUE(choice["message"]["content"].is_null());
  EXPECT_TRUE(choice["finish_reason"].equals("tool_calls"));
  EXPECT_THAT(out.out, HasSubstr(R"("type":"function","function":{"name":"f","arguments":"{\"a\":1}"})"));
}

TEST_F(OllamaWholeReader, AGenerationBecomesATextCompletion) {
  options.kind = endpoint::completions;
  const auto out = read(R"({"response":"abc","done":true,"done_reason":"length"})");
  EXPECT_THAT(out.out, HasSubstr(R"("object":"text_completion")"));
  EXPECT_THAT(out.out, HasSubstr(R"("text":"abc","logprobs":null,"finish_reason":"length")"));
}

TEST_F(OllamaWholeReader, Case09AnErrorInsideA200IsAFailure) {
  EXPECT_EQ(cause_of(R"({"error":"the runner died"})"), attempt_cause::server_error);
}

TEST_F(OllamaWholeReader, Case23ACutBodyIsADisconnect) {
  EXPECT_EQ(cause_of(R"({"message":{"content":"hi"},"done":true})", false), attempt_cause::reset);
}

TEST_F(OllamaWholeReader, Case24WhatIsNoAnswerIsGarbage) {
  for (const char* body : {"", "  ", "<html>", "[]", "{}", R"({"message":{"content":"x"}} x)"})
    EXPECT_EQ(cause_of(body), attempt_cause::garbage) << body;
}

TEST_F(OllamaWholeReader, Case04AnAnswerThatIsNotDoneIsAnError) {
  EXPECT_EQ(cause_of(R"({"model":"m","message":{"role":"assistant","content":"~~~~"},"done":false})"), attempt_cause::server_error);
}

TEST_F(OllamaWholeReader, TheBodyIsBounded) {
  options.body_bytes_max = 100;
  EXPECT_EQ(cause_of(std::string(101, ' ')), attempt_cause::garbage);
}

TEST_F(OllamaWholeReader, AFailingStatusIsMapped) {
  EXPECT_EQ(cause_of(R"({"error":"server busy, please try again.  maximum pending requests exceeded"})", true, 503),
            attempt_cause::overloaded);
}

class OllamaEmbeddingReader : public OllamaWholeReader {
 protected:
  OllamaEmbeddingReader() { options.kind = endpoint::embeddings; }
};

TEST_F(OllamaEmbeddingReader, Case70Base64IsExactLittleEndianFloats) {
  options.wants_base64 = true;
  const auto out = read(R"({"model":"m","embeddings":[[1.0,-2.0],[-2,1]],"prompt_eval_count":4})", 5);
  EXPECT_TRUE(out.complete);
  EXPECT_EQ(out.out,
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAMA="},)"
            R"({"object":"embedding","index":1,"embedding":"AAAAwAAAgD8="}],"model":"public","usage":{"prompt_tokens":4,"total_tokens":4}})");
  EXPECT_EQ(out.usage, (token_usage{4, 0, 0, 0, usage_source::upstream}));
}

TEST_F(OllamaEmbeddingReader, Case71FloatsPassWhenBase64IsNotAskedFor) {
  EXPECT_THAT(read(R"({"embeddings":[[0.1,-2e-3]]})").out, HasSubstr(R"("embedding":[0.1,-2e-3])"));
}

TEST_F(OllamaEmbeddingReader, WhatHoldsNoVectorsIsGarbage) {
  for (const char* body : {"", "<html>", "{}", R"({"embeddings":[]})", R"({"embeddings":[[]]})", R"({"embeddings":[["x"]]})",
                           R"({"embeddings":[[1],2]})"})
    EXPECT_EQ(cause_of(body), attempt_cause::garbage) << body;
}

TEST_F(OllamaEmbeddingReader, AnErrorIsAFailure) {
  EXPECT_EQ(cause_of(R"({"error":"x"})"), attempt_cause::server_error);
  EXPECT_EQ(cause_of(R"({"error":"the input length exceeds the context length"})", true, 400), attempt_cause::context_exceeded);
  EXPECT_EQ(cause_of(R"({"embeddings":[[1]]})", false), attempt_cause::reset);
}

}  // namespace
}  // namespace edgemesh::dialects
