#include "openai/chunk_writer.hpp"

#include <gmock/gmock.h>

#include "json/validate.hpp"
#include "json/value.hpp"
#include "openai/sse_parser.hpp"

namespace edgemesh::openai {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const answer_identity identity{"chatcmpl-1", 17, "m\"x"};

std::vector<std::string> frames(const std::string& out) {
  std::vector<std::string> all;
  sse_parser parser;
  parser.feed(out, [&](const sse_event& e) {
    EXPECT_FALSE(e.raw.empty()) << "a frame of ours is canonical: " << e.data;
    all.emplace_back(e.data);
  }, nullptr);
  EXPECT_EQ(parser.pending(), 0u);
  for (const std::string& frame : all)
    if (frame != "[DONE]") EXPECT_FALSE(json::validate(frame)) << frame;
  return all;
}

json::value choice_of(const std::string& frame) { return *json::value::first_in(frame)["choices"].elements().begin(); }

TEST(ChunkWriter, WritesTheSequenceOfChat) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.content(out, 0, "he");
  w.content(out, 0, "");
  w.content(out, 0, "\"\n");
  w.finish(out, 0, "stop");
  EXPECT_TRUE(w.done(out, {}));
  const std::string head = R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":17,"model":"m\"x","choices":[)";
  EXPECT_THAT(frames(out),
              ElementsAre(head + R"({"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]})",
                          head + R"({"index":0,"delta":{"content":"he"},"logprobs":null,"finish_reason":null}]})",
                          head + R"({"index":0,"delta":{"content":"\"\n"},"logprobs":null,"finish_reason":null}]})",
                          head + R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]})", "[DONE]"));
}

TEST(ChunkWriter, UsageComesLastAndIsNullBefore) {
  chunk_writer w(endpoint::chat, identity, true);
  std::string out;
  w.content(out, 0, "x");
  w.finish(out, 0, "length");
  EXPECT_TRUE(w.done(out, {.prompt_tokens = 9, .completion_tokens = 2, .cached_tokens = 4, .reasoning_tokens = 1}));
  const auto all = frames(out);
  ASSERT_EQ(all.size(), 5u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(json::value::first_in(all[i])["usage"].is_null());
  EXPECT_EQ(json::value::first_in(all[3])["choices"].raw(), "[]");
  EXPECT_EQ(json::value::first_in(all[3])["usage"].raw(),
            R"({"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4},)"
            R"("completion_tokens_details":{"reasoning_tokens":1}})");
  EXPECT_EQ(all[4], "[DONE]");
}

TEST(ChunkWriter, RoleAndFinishComeOncePerChoice) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.content(out, 1, "b");
  w.content(out, 0, "a");
  w.finish(out, 1, "stop");
  w.content(out, 1, "late");
  w.finish(out, 1, "length");
  w.finish(out, 0, "stop");
  EXPECT_TRUE(w.done(out, {}));
  int roles[2] = {}, finishes[2] = {};
  for (const std::string& frame : frames(out)) {
    if (frame == "[DONE]") continue;
    const json::value c = choice_of(frame);
    const auto index = static_cast<std::size_t>(c["index"].integer().value());
    roles[index] += c["delta"]["role"] ? 1 : 0;
    finishes[index] += c["finish_reason"].is_null() ? 0 : 1;
    EXPECT_FALSE(c["delta"]["content"].equals("late"));
  }
  EXPECT_THAT(roles, ElementsAre(1, 1));
  EXPECT_THAT(finishes, ElementsAre(1, 1));
}

TEST(ChunkWriter, AnAnswerWithoutFinishHasNoDone) {
  std::string out;
  chunk_writer nothing(endpoint::chat, identity, true);
  EXPECT_FALSE(nothing.done(out, {}));
  EXPECT_EQ(out, "");
  chunk_writer begun(endpoint::chat, identity, false);
  begun.content(out, 0, "x");
  begun.finish(out, 1, "stop");
  const std::string before = out;
  EXPECT_FALSE(begun.done(out, {}));
  EXPECT_EQ(out, before);
  begun.finish(out, 0, "stop");
  EXPECT_TRUE(begun.done(out, {}));
  EXPECT_FALSE(begun.done(out, {})) << "once";
}

TEST(ChunkWriter, AFinishAloneStillOpensTheChoice) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.finish(out, 0, "stop");
  const auto all = frames(out);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(choice_of(all[0])["delta"]["role"].equals("assistant"));
}

TEST(ChunkWriter, ToolCallsAreCountedAndNamedOnce) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.whole_tool_call(out, 0, {.index = 0, .id = "call_a", .name = "f", .arguments = "{\"a\":1e2}"});
  w.whole_tool_call(out, 0, {.index = 0, .id = "", .name = "g", .arguments = "{}"});
  EXPECT_EQ(w.tool_calls(0), 2);
  EXPECT_EQ(w.tool_calls(1), 0);
  w.finish(out, 0, "tool_calls");
  const auto all = frames(out);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(choice_of(all[1])["delta"].raw(),
            R"({"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"a\":1e2}"}}]})");
  EXPECT_EQ(choice_of(all[2])["delta"].raw(),
            R"({"tool_calls":[{"index":1,"id":"call_1_0_1","type":"function","function":{"name":"g","arguments":"{}"}}]})");
}

TEST(ChunkWriter, ReasoningHasTheKeyThatWasChosen) {
  const std::pair<reasoning_key, const char*> table[] = {{reasoning_key::reasoning_content, R"({"reasoning_content":"why"})"},
                                                         {reasoning_key::reasoning, R"({"reasoning":"why"})"},
                                                         {reasoning_key::both, R"({"reasoning_content":"why","reasoning":"why"})"}};
  for (const auto& [key, expected] : table) {
    chunk_writer w(endpoint::chat, identity, false, key);
    std::string out;
    w.reasoning(out, 0, "why");
    EXPECT_EQ(choice_of(frames(out).back())["delta"].raw(), expected);
  }
}

TEST(ChunkWriter, LogprobsTravelWithTheirText) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.content(out, 0, "a", R"({"content":[]})");
  w.content(out, 0, "", R"({"content":[1]})");
  const auto all = frames(out);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(choice_of(all[1])["logprobs"].raw(), R"({"content":[]})");
  EXPECT_EQ(choice_of(all[2])["logprobs"].raw(), R"({"content":[1]})");
}

TEST(ChunkWriter, CompletionsHaveTextAndNoRole) {
  chunk_writer w(endpoint::completions, {"cmpl-1", 17, "m"}, false);
  std::string out;
  w.content(out, 0, "he");
  w.reasoning(out, 0, "dropped");
  w.whole_tool_call(out, 0, {.name = "dropped"});
  w.finish(out, 0, "stop");
  EXPECT_TRUE(w.done(out, {}));
  const std::string head = R"({"id":"cmpl-1","object":"text_completion","created":17,"model":"m","choices":[)";
  EXPECT_THAT(frames(out), ElementsAre(head + R"({"index":0,"text":"he","logprobs":null,"finish_reason":null}]})",
                                       head + R"({"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]})", "[DONE]"));
}

TEST(ChunkWriter, WildChoiceNumbersAreDropped) {
  chunk_writer w(endpoint::chat, identity, false);
  std::string out;
  w.content(out, -1, "x");
  w.content(out, 2'000'000'000, "x");
  w.finish(out, 128, "stop");
  EXPECT_EQ(out, "");
  EXPECT_EQ(w.tool_calls(-1), 0);
}

TEST(WholeAnswer, HasTheShapeOfChat) {
  const std::string out = whole_answer(endpoint::chat, identity, {{.content = "hi", .reasoning = "r", .finish_reason = "stop", .logprobs_raw = "{}"}},
                                       {.prompt_tokens = 9, .completion_tokens = 2});
  EXPECT_THAT(out, testing::StartsWith(R"({"id":"chatcmpl-1","object":"chat.completion","created":17,"model":"m\"x","choices":[{"index":0,)"
                                       R"("message":{"role":"assistant","content":"hi","refusal":null,"reasoning_content":"r"},)"
                                       R"("logprobs":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,)"));
  EXPECT_FALSE(json::validate(out));
}

TEST(WholeAnswer, ContentIsNullBesideToolCalls) {
  whole_choice c{.finish_reason = "tool_calls", .tool_calls = {{.id = "call_x", .name = "f", .arguments = "{\"a\":1}"}, {.name = "g"}}};
  std::string out = whole_answer(endpoint::chat, identity, {c}, {});
  EXPECT_FALSE(json::validate(out));
  EXPECT_EQ(choice_of(out)["message"].raw(),
            R"({"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_x","type":"function","function":)"
            R"({"name":"f","arguments":"{\"a\":1}"}},{"id":"call_1_0_1","type":"function","function":{"name":"g","arguments":""}}]})");
  c.content = "also text";
  out = whole_answer(endpoint::chat, identity, {c}, {});
  EXPECT_TRUE(choice_of(out)["message"]["content"].equals("also text"));
  out = whole_answer(endpoint::chat, identity, {{.finish_reason = "stop", .has_content = false}}, {});
  EXPECT_TRUE(choice_of(out)["message"]["content"].is_null());
  out = whole_answer(endpoint::chat, identity, {{.finish_reason = "stop"}}, {});
  EXPECT_TRUE(choice_of(out)["message"]["content"].empty_string());
}

TEST(WholeAnswer, HasTheShapeOfCompletions) {
  const std::string out = whole_answer(endpoint::completions, {"cmpl-1", 17, "m"}, {{.content = "a", .finish_reason = "stop"}, {.content = "b", .finish_reason = "length"}}, {});
  EXPECT_THAT(out, HasSubstr(R"("object":"text_completion")"));
  EXPECT_THAT(out, HasSubstr(R"("choices":[{"index":0,"text":"a","logprobs":null,"finish_reason":"stop"},{"index":1,"text":"b","logprobs":null,"finish_reason":"length"}])"));
  EXPECT_FALSE(json::validate(out));
}

}  // namespace
}  // namespace edgemesh::openai
