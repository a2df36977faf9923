#include "tests/unit/dialects/ollama_answer_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

TEST_F(OllamaReader, AStreamBecomesChunksWithOneIdentity) {
  const auto out = read(said("he") + said("llo") + done);
  EXPECT_TRUE(out.complete);
  EXPECT_TRUE(out.content);
  EXPECT_FALSE(out.failure);
  EXPECT_THAT(deltas(out.out), ElementsAre(role, R"({"content":"he"})", R"({"content":"llo"})"));
  EXPECT_EQ(finish_reason(out.out), "stop");
  EXPECT_THAT(out.out, EndsWith("data: [DONE]\n\n"));
  for (const auto& data : events(out.out)) {
    if (data == "[DONE]") continue;
    EXPECT_THAT(data, HasSubstr(R"("id":"chatcmpl-7f3a","object":"chat.completion.chunk","created":1790000000,"model":"public")"));
  }
  EXPECT_EQ(out.upstream_model, "m");
  EXPECT_EQ(out.events, 3u);
  EXPECT_EQ(out.content_events, 2u);
  EXPECT_EQ(out.text_bytes, 5u);
  EXPECT_EQ(out.usage, (token_usage{11, 7, 0, 0, usage_source::upstream}));
}

TEST_F(OllamaReader, UsageIsSentOnlyWhenAskedFor) {
  EXPECT_THAT(read(said("x") + done).out, Not(HasSubstr("usage")));
  options.include_usage = true;
  const auto all = events(read(said("x") + done).out);
  ASSERT_GE(all.size(), 2u);
  EXPECT_THAT(all[all.size() - 2], HasSubstr(R"("choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18)"));
}

TEST_F(OllamaReader, CountsThatAreLeftOutAreZero) {
  const auto out = read(R"({"message":{"content":"x"},"done":true})");
  EXPECT_TRUE(out.complete);
  EXPECT_EQ(out.usage, (token_usage{0, 0, 0, 0, usage_source::upstream}));
}

TEST_F(OllamaReader, EveryByteSplitGivesTheSame) {
  options.include_usage = true;
  const std::string stream = said("\xF0\x9F\x98\x80") +
                             R"({"message":{"role":"assistant","content":"","thinking":"hm"},"done":false})" "\r\n\n" +
                             R"({"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":false})" "\n" + done;
  const auto whole = read(stream);
  EXPECT_TRUE(whole.complete);
  for (std::size_t step : {1u, 2u, 3u, 7u, 64u}) {
    const auto split = read(stream, step);
    EXPECT_EQ(split.out, whole.out) << step;
    EXPECT_EQ(split.events, whole.events) << step;
    EXPECT_EQ(split.content_events, whole.content_events) << step;
  }
}

TEST_F(OllamaReader, Case04NdjsonWithoutDoneIsAnError) {
  const auto after_content = read(said("he"));
  ASSERT_TRUE(after_content.failure);
  EXPECT_EQ(after_content.failure->cause, attempt_cause::truncated);
  EXPECT_THAT(after_content.failure->error.code, Optional(std::string("upstream_disconnected")));
  EXPECT_THAT(after_content.out, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(finish_reason(after_content.out), "");
  const auto before_content = read(said(""));
  ASSERT_TRUE(before_content.failure);
  EXPECT_EQ(before_content.failure->cause, attempt_cause::garbage) << "the connection was not lost";
  EXPECT_EQ(read(said(""), std::string::npos, false).failure->cause, attempt_cause::reset);
  EXPECT_FALSE(before_content.content);
  EXPECT_THAT(before_content.out, IsEmpty());
}

TEST_F(OllamaReader, Case05AnErrorLineInMidStreamIsAFailure) {
  const auto out = read(said("he") + R"({"error":"the model runner has stopped"})" "\n");
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->cause, attempt_cause::server_error);
  EXPECT_EQ(out.failure->error.message, "the model runner has stopped");
  EXPECT_TRUE(out.content);
  EXPECT_FALSE(out.complete);
  EXPECT_THAT(out.out, Not(HasSubstr("[DONE]")));
}

TEST_F(OllamaReader, Case05NothingFollowsAFailure) {
  const auto out = read(R"({"error":"x"})" "\n" + said("late") + done);
  ASSERT_TRUE(out.failure);
  EXPECT_THAT(out.out, IsEmpty());
  EXPECT_FALSE(out.complete);
}

TEST_F(OllamaReader, Case06ANestedErrorIsUnwrapped) {
  const auto out = read(R"({"error":"{\"error\":{\"code\":400,\"message\":\"request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\"}}"})" "\n");
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->cause, attempt_cause::context_exceeded);
  EXPECT_EQ(out.failure->error.status, 400);
  EXPECT_THAT(out.failure->error.code, Optional(std::string("context_length_exceeded")));
  EXPECT_THAT(out.failure->error.message, HasSubstr("9000 tokens"));
}

TEST_F(OllamaReader, Case21BadBytesBecomeReplacementCharacters) {
  const auto out = read(said("a\xF0\x9F") + said("b\\ud83d") + done);
  EXPECT_TRUE(out.complete);
  EXPECT_TRUE(utf8::valid(out.out));
  for (const auto& data : events(out.out)) {
    if (data != "[DONE]") EXPECT_FALSE(json::validate(data)) << data;
  }
  EXPECT_THAT(out.out, HasSubstr("a\xEF\xBF\xBD"));
}

TEST_F(OllamaReader, Case22AnEndlessLineIsBounded) {
  options.event_bytes_max = 1000;
  const auto out = read(said("x") + said(std::string(2000, 'y')), 100);
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->cause, attempt_cause::garbage);
}

TEST_F(OllamaReader, Case23ACutTransferIsADisconnectEvenInsideALine) {
  const auto out = read(said("he") + R"({"message":{"content":"l)", std::string::npos, false);
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->cause, attempt_cause::truncated);
  EXPECT_EQ(read("", std::string::npos, false).failure->cause, attempt_cause::reset);
}

TEST_F(OllamaReader, Case24AnythingElseThanNdjsonIsGarbage) {
  for (const char* body : {"", "<html>busy</html>", "<html>\n", "[1]\n", "\"x\"\n", "data: {}\n\n"}) {
    const auto out = read(body);
    ASSERT_TRUE(out.failure) << body;
    EXPECT_EQ(out.failure->cause, attempt_cause::garbage) << body;
    EXPECT_FALSE(out.content) << body;
  }
}

TEST_F(OllamaReader, AFailingStatusIsReadWholeAndOnce) {
  const auto out = read(R"({"error":"model 'x' not found"})", 3, true, 404);
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->cause, attempt_cause::model_missing);
  EXPECT_EQ(read("", std::string::npos, true, 503).failure->cause, attempt_cause::overloaded);
  EXPECT_EQ(read(std::string(1u << 20, 'x'), 5000, true, 500).failure->cause, attempt_cause::server_error);
}

TEST_F(OllamaReader, Case29ArgumentsKeepOrderAndNumbers) {
  const auto out = read(R"({"message":{"content":"","tool_calls":[{"id":"call_ab","function":{"index":0,"name":"f","arguments":{"b": 1e2, "a":12345678901234567890,"c":0.1}}}]},"done":false})" "\n" + std::string(done));
  EXPECT_THAT(deltas(out.out),
              ElementsAre(role, R"({"tool_calls":[{"index":0,"id":"call_ab","type":"function","function":{"name":"f",)"
                                R"("arguments":"{\"b\":1e2,\"a\":12345678901234567890,\"c\":0.1}"}}]})"));
  EXPECT_EQ(finish_reason(out.out), "tool_calls");
}

TEST_F(OllamaReader, Case31CallsWithoutIdsAndIndicesGetTheirOwn) {
  const auto line = R"({"message":{"content":"","tool_calls":[{"function":{"index":0,"name":"f","arguments":{}}},{"function":{"index":0,"name":"g"}}]},"done":false})" "\n";
  const auto out = read(line + std::string(line) + done);
  std::vector<std::string> ids;
  std::vector<std::int64_t> indices;
  for (const auto& delta : deltas(out.out))
    for (auto call : json::value::first_in(delta)["tool_calls"].elements()) {
      ids.push_back(call["id"].text_or(""));
      indices.push_back(call["index"].integer().value_or(-1));
    }
  EXPECT_THAT(indices, ElementsAre(0, 1, 2, 3));
  ASSERT_THAT(ids, SizeIs(4));
  for (const auto& id : ids) EXPECT_THAT(id, testing::StartsWith("call_7f3a"));
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST_F(OllamaReader, Case31ARepeatedIdIsReplaced) {
  const auto call = R"({"id":"same","function":{"name":"f","arguments":{}}})";
  const auto out = read(R"({"message":{"tool_calls":[)" + std::string(call) + "," + call + R"(]},"done":false})" "\n" + done);
  EXPECT_THAT(out.out, HasSubstr(R"("id":"same")"));
  EXPECT_THAT(out.out.substr(out.out.find("same") + 4), Not(HasSubstr(R"("id":"same")")));
}

TEST_F(OllamaReader, Case32CallsOnTheLastLineComeBeforeTheFinish) {
  const auto out = read(R"({"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"stop"})");
  EXPECT_TRUE(out.complete);
  EXPECT_THAT(deltas(out.out), ElementsAre(role, HasSubstr("tool_calls")));
  EXPECT_EQ(finish_reason(out.out), "tool_calls");
}

TEST_F(OllamaReader, OnlyTheFirstCallIsKeptWhenTheClientWantsOne) {
  options.one_tool_call = true;
  const auto out = read(R"({"message":{"tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g"}}]},"done":true})");
  EXPECT_THAT(deltas(out.out), SizeIs(2));
  EXPECT_THAT(out.out, Not(HasSubstr(R"("name":"g")")));
}

TEST_F(OllamaReader, MalformedToolCallsAreGarbage) {
  for (const char* calls : {"5", "[5]", "[{}]", R"([{"function":{"name":""}}])"}) {
    const auto out = read(R"({"message":{"tool_calls":)" + std::string(calls) + R"(},"done":false})" "\n");
    ASSERT_TRUE(out.failure) << calls;
    EXPECT_EQ(out.failure->cause, attempt_cause::garbage) << calls;
  }
}

TEST_F(OllamaReader, TheLastLineMayStillHoldText) {
  const auto out = read(R"({"message":{"content":"end","thinking":"t"},"done":true,"done_reason":"length"})" "\n");
  EXPECT_THAT(deltas(out.out), ElementsAre(role, R"({"reasoning_content":"t"})", R"({"content":"end"})"));
  EXPECT_EQ(finish_reason(out.out), "length");
}

TEST_F(OllamaReader, EveryOtherDoneReasonIsAStop) {
  for (const char* reason : {R"("stop")", R"("load")", R"("unload")", R"("")", "null", R"("new")"})
    EXPECT_EQ(finish_reason(read(R"({"message":{"content":"x"},"done":true,"done_reason":)" + std::string(reason) + "}").out), "stop");
  EXPECT_EQ(finish_reason(read(R"({"message":{"content":"x"},"done":true})").out), "stop");
}

TEST_F(OllamaReader, AnEmptyAnswerStillOpensAndFinishes) {
  const auto out = read(done);
  EXPECT_TRUE(out.complete);
  EXPECT_TRUE(out.content);
  EXPECT_EQ(out.content_events, 0u);
  EXPECT_THAT(deltas(out.out), ElementsAre(role));
}

TEST_F(OllamaReader, LinesWithoutContentDoNotCommit) {
  const auto reader = ollama_dialect().reader(options);
  reader->head({200, "application/x-ndjson", ""});
  answer out;
  reader->feed(said("") + said(""), out);
  EXPECT_FALSE(out.content);
  EXPECT_EQ(out.events, 2u);
  reader->feed(said("x"), out);
  EXPECT_TRUE(out.content);
}

TEST_F(OllamaReader, ReasoningHasTheSpellingThatIsAskedFor) {
  options.reasoning = openai::reasoning_key::both;
  EXPECT_THAT(deltas(read(R"({"message":{"thinking":"t"},"done":true})").out),
              ElementsAre(role, R"({"reasoning_content":"t","reasoning":"t"})"));
}

TEST_F(OllamaReader, LogprobsBecomeOpenAIs) {
  const auto out = read(R"({"message":{"content":"a"},"logprobs":[{"token":"a","logprob":-0.25,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-1}]}],"done":true})");
  EXPECT_THAT(out.out, HasSubstr(R"("logprobs":{"content":[{"token":"a","logprob":-0.25,"bytes":[97],)"
                                 R"("top_logprobs":[{"token":"b","logprob":-1,"bytes":null}]}],"refusal":null})"));
}

TEST_F(OllamaReader, CompletionsReadGenerations) {
  options.kind = endpoint::completions;
  options.identity.id = "cmpl-1";
  const auto out = read(R"({"response":"a","thinking":"hidden","logprobs":[{"token":"é","logprob":-1}],"done":false})" "\n"
                        R"({"response":"b","logprobs":[{"token":"b","logprob":-2,"top_logprobs":[{"token":"c","logprob":-3}]}],"done":true,"context":[1,2]})");
  EXPECT_TRUE(out.complete);
  const auto all = events(out.out);
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_THAT(all[0], HasSubstr(R"("object":"text_completion")"));
  EXPECT_THAT(all[0], HasSubstr(R"("text":"a")"));
  EXPECT_THAT(all[0], HasSubstr(R"("logprobs":{"tokens":["é"],"token_logprobs":[-1],"top_logprobs":[{}],"text_offset":[0]})"));
  EXPECT_THAT(all[1], HasSubstr(R"("text_offset":[1])"));
  EXPECT_THAT(all[1], HasSubstr(R"("top_logprobs":[{"c":-3}])"));
  EXPECT_THAT(out.out, Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace edgemesh::dialects
