#include "tests/unit/dialects/ollama_request_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

constexpr auto hello_message = R"("messages":[{"role":"user","content":"hi"}])";

TEST_F(OllamaRequest, ChatGoesToTheNativeChatWithExplicitStreamAndWithoutTruncation) {
  const auto made = convert(endpoint::chat, hello(""));
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->target, "/api/chat");
  EXPECT_EQ(made->body, std::string(R"({"model":"llama3:latest",)") + hello_message +
                            R"(,"truncate":false,"shift":false,"stream":false})");
  EXPECT_THAT(chat_with(R"("stream":true)"), HasSubstr(R"("stream":true)"));
}

TEST_F(OllamaRequest, SamplingFieldsBecomeOptionsWithTheirSpelling) {
  EXPECT_THAT(chat_with(R"("temperature":0.10,"top_p":1e-1,"seed":7,"presence_penalty":-1,"frequency_penalty":2,)"
                        R"("top_k":5,"min_p":0.05,"repeat_penalty":1.1,"typical_p":1,"repeat_last_n":64)"),
              HasSubstr(R"("options":{"temperature":0.10,"top_p":1e-1,"presence_penalty":-1,"frequency_penalty":2,"seed":7,)"
                        R"("top_k":5,"min_p":0.05,"typical_p":1,"repeat_penalty":1.1,"repeat_last_n":64})"));
}

TEST_F(OllamaRequest, Case43TokenLimitsBecomeNumPredict) {
  EXPECT_THAT(chat_with(R"("max_completion_tokens":5)"), HasSubstr(R"("options":{"num_predict":5})"));
  EXPECT_THAT(chat_with(R"("max_tokens":9,"max_completion_tokens":5)"), HasSubstr(R"("num_predict":5)"));
  EXPECT_THAT(chat_with(R"("max_tokens":9,"max_completion_tokens":null)"), HasSubstr(R"("num_predict":9)"));
  EXPECT_EQ(chat_fault(R"("max_completion_tokens":0)").status, 400);
  EXPECT_EQ(chat_fault(R"("max_tokens":-1)").status, 400);
  EXPECT_THAT(chat_fault(R"("max_tokens":1.5)").param, Optional(std::string("max_tokens")));
}

TEST_F(OllamaRequest, Case44StopIsAlwaysAnArrayOfStrings) {
  EXPECT_THAT(chat_with(R"("stop":"x\n")"), HasSubstr(R"("stop":["x\n"])"));
  EXPECT_THAT(chat_with(R"("stop":["a","b"])"), HasSubstr(R"("stop":["a","b"])"));
  EXPECT_THAT(chat_with(R"("stop":[])"), Not(HasSubstr("stop")));
  EXPECT_THAT(chat_with(R"("stop":null)"), Not(HasSubstr("stop")));
  EXPECT_THAT(chat_fault(R"("stop":[1])").param, Optional(std::string("stop")));
  EXPECT_EQ(chat_fault(R"("stop":[1])").status, 400);
}

TEST_F(OllamaRequest, Case45NullIsAbsent) {
  EXPECT_EQ(chat_with(R"("temperature":null,"top_k":null,"tools":null,"response_format":null,"n":null,"logprobs":null)"),
            chat_with(""));
}

TEST_F(OllamaRequest, WrongTypesOfOptionsAreTheClientsMistake) {
  for (const char* member : {R"("temperature":"hot")", R"("seed":1.5)", R"("top_k":"5")", R"("seed":12345678901234567890)"}) {
    const auto fault = chat_fault(member);
    EXPECT_EQ(fault.status, 400) << member;
    EXPECT_EQ(fault.code, std::nullopt) << member;
  }
}

TEST_F(OllamaRequest, Case46SeveralAnswersAreUnsupported) {
  const auto fault = chat_fault(R"("n":2)");
  EXPECT_EQ(fault.status, 400);
  EXPECT_THAT(fault.code, Optional(std::string("unsupported_parameter")));
  EXPECT_THAT(fault.param, Optional(std::string("n")));
  EXPECT_EQ(chat_with(R"("n":1)"), chat_with(""));
}

TEST_F(OllamaRequest, Case47EngineFieldsNeverComeFromAClient) {
  const auto plain = chat_with("");
  for (const char* member :
       {R"("num_ctx":8192)", R"("keep_alive":-1)", R"("num_gpu":0)", R"("use_mmap":false)", R"("main_gpu":1)",
        R"("options":{"num_ctx":8192,"temperature":2})", R"("template":"x")", R"("truncate":true)", R"("shift":true)",
        R"("logit_bias":{"1":5})", R"("user":"u","metadata":{},"store":true)", R"("context":[1],"raw":true,"system":"x")"})
    EXPECT_EQ(chat_with(member), plain) << member;
}

TEST_F(OllamaRequest, ABackendMayOpenSingleEngineFields) {
  allowed = {"num_ctx", "keep_alive"};
  const auto body = chat_with(R"("num_ctx":8192,"num_gpu":0,"keep_alive":"1h","options":{"num_ctx":1})");
  EXPECT_THAT(body, HasSubstr(R"("options":{"num_ctx":8192},"keep_alive":"1h")"));
  EXPECT_EQ(chat_fault(R"("num_ctx":"x")").status, 400);
}

TEST_F(OllamaRequest, AnOpenOptionsObjectStillHasNoRunnerOptions) {
  allowed = {"options"};
  EXPECT_THAT(chat_with(R"("temperature":1,"options":{"temperature":2,"num_ctx":8192,"top_k":3,"num_predict":4,"stop":["s"],"x":1})"),
              HasSubstr(R"("options":{"temperature":1,"top_k":3,"num_predict":4,"stop":["s"]})"));
  allowed = {"options", "num_ctx"};
  EXPECT_THAT(chat_with(R"("options":{"num_ctx":8192})"), HasSubstr(R"("options":{"num_ctx":8192})"));
}

TEST_F(OllamaRequest, ResponseFormatBecomesFormat) {
  EXPECT_EQ(chat_with(R"("response_format":{"type":"text"})"), chat_with(""));
  EXPECT_THAT(chat_with(R"("response_format":{"type":"json_object"})"), HasSubstr(R"("format":"json")"));
  EXPECT_THAT(chat_with(R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"b":1e2,"a":{}}}})"),
              HasSubstr(R"("format":{"b":1e2,"a":{}})"));
  EXPECT_THAT(chat_fault(R"("response_format":{"type":"xml"})").param, Optional(std::string("response_format.type")));
}

TEST_F(OllamaRequest, ThinkingIsAskedForOnlyWhereTheModelIsKnownToReason) {
  EXPECT_EQ(chat_with(R"("reasoning_effort":"high","think":true)"), chat_with(""));
  model.capabilities.set(capability::reasoning, true);
  const std::pair<const char*, const char*> efforts[] = {{"none", "false"},     {"minimal", "\"low\""}, {"low", "\"low\""},
                                                         {"medium", "\"medium\""}, {"high", "\"high\""}, {"xhigh", "\"max\""},
                                                         {"max", "\"max\""}};
  for (const auto& [effort, think] : efforts)
    EXPECT_THAT(chat_with(R"("reasoning_effort":")" + std::string(effort) + '"'), HasSubstr(R"("think":)" + std::string(think)));
  EXPECT_THAT(chat_with(R"("think":false)"), HasSubstr(R"("think":false)"));
  EXPECT_EQ(chat_fault(R"("think":"a lot")").status, 400);
  EXPECT_EQ(chat_fault(R"("reasoning_effort":"ultra")").status, 400);
}

TEST_F(OllamaRequest, LogprobsPassWithinTheirRange) {
  EXPECT_THAT(chat_with(R"("logprobs":true,"top_logprobs":3)"), HasSubstr(R"("logprobs":true,"top_logprobs":3)"));
  EXPECT_EQ(chat_with(R"("logprobs":false)"), chat_with(""));
  EXPECT_EQ(chat_fault(R"("top_logprobs":3)").status, 400);
  EXPECT_EQ(chat_fault(R"("logprobs":true,"top_logprobs":21)").status, 400);
}

TEST_F(OllamaRequest, CompletionsGoToGenerate) {
  const auto made = convert(endpoint::completions, R"({"prompt":"a\u00e9","suffix":"z","logprobs":2,"max_tokens":3,"stream":true})");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->target, "/api/generate");
  EXPECT_EQ(made->body,
            R"({"model":"llama3:latest","prompt":"a\u00e9","suffix":"z","raw":false,"logprobs":true,"top_logprobs":2,)"
            R"("options":{"num_predict":3},"truncate":false,"shift":false,"stream":true})");
  EXPECT_THAT(sent(endpoint::completions, R"({"prompt":["one"]})"), HasSubstr(R"("prompt":"one")"));
}

TEST_F(OllamaRequest, CompletionsRefuseWhatOllamaCannot) {
  for (const char* body : {R"({"prompt":["a","b"]})", R"({"prompt":[1,2]})", R"({"prompt":[[1]]})",
                           R"({"prompt":"x","echo":true})", R"({"prompt":"x","best_of":2})", R"({"prompt":"x","n":2})"}) {
    const auto made = convert(endpoint::completions, body);
    ASSERT_TRUE(made.has_error()) << body;
    EXPECT_EQ(made.error().status, 400) << body;
    EXPECT_THAT(made.error().code, Optional(std::string("unsupported_parameter"))) << body;
  }
  for (const char* body : {R"({"prompt":[]})", R"({"prompt":"x","suffix":1})", R"({"prompt":"x","logprobs":6})"}) {
    const auto made = convert(endpoint::completions, body);
    ASSERT_TRUE(made.has_error()) << body;
    EXPECT_EQ(made.error().code, std::nullopt) << body;
  }
}

TEST_F(OllamaRequest, CompletionsKeepTemplateAndRawForThemselvesUnlessOpened) {
  const auto body = R"({"prompt":"x","raw":true,"template":"t","system":"s","keep_alive":0})";
  EXPECT_EQ(sent(endpoint::completions, body), sent(endpoint::completions, R"({"prompt":"x"})"));
  allowed = {"raw", "template"};
  EXPECT_THAT(sent(endpoint::completions, body), HasSubstr(R"("raw":true,"template":"t","truncate")"));
}

TEST_F(OllamaRequest, EmbeddingsGoToEmbed) {
  const auto made = convert(endpoint::embeddings, R"({"input":["a","b"],"dimensions":8,"encoding_format":"base64","user":"u"})");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->target, "/api/embed");
  EXPECT_EQ(made->body, R"({"model":"llama3:latest","input":["a","b"],"dimensions":8,"truncate":false})");
}

TEST_F(OllamaRequest, Case73TokenIdsAndEmptyInputsAreRefused) {
  for (const char* body : {R"({"input":[1,2]})", R"({"input":[[1],[2]]})", R"({"input":[]})", R"({"input":7})"}) {
    const auto made = convert(endpoint::embeddings, body);
    ASSERT_TRUE(made.has_error()) << body;
    EXPECT_EQ(made.error().status, 400) << body;
    EXPECT_THAT(made.error().param, Optional(std::string("input"))) << body;
  }
  EXPECT_EQ(convert(endpoint::embeddings, R"({"input":"x","dimensions":0})").error().status, 400);
}

}  // namespace
}  // namespace edgemesh::dialects
