#include "mock/answer_plan.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "mock/embedding.hpp"
#include "mock/schema_sample.hpp"

namespace edgemesh::mock {
namespace {

asked_prompt says(std::string text) { return {std::move(text), 1, false}; }

TEST(AnswerPlan, CountsTokensAndStopsByItself) {
  const auto plan = plan_answer({}, says("hello"), 3);
  EXPECT_EQ(plan.content.all(), "t0 t1 t2 ");
  EXPECT_EQ(plan.finish, "stop");
}

TEST(AnswerPlan, ALimitBelowTheLengthEndsWithLength) {
  asked request;
  request.token_limit = 2;
  const auto plan = plan_answer(request, says("hello"), 3);
  EXPECT_EQ(plan.content.all(), "t0 t1 ");
  EXPECT_EQ(plan.finish, "length");
  request.token_limit = 3;
  EXPECT_EQ(plan_answer(request, says("hello"), 3).finish, "stop");
}

TEST(AnswerPlan, EchoesTheTextAfterTheMark) {
  const auto plan = plan_answer({}, says("please echo:one \xC3\xA4 two"), 3);
  EXPECT_EQ(plan.content.all(), "one \xC3\xA4 two");
  EXPECT_EQ(plan.content.size(), 3u);
}

TEST(AnswerPlan, AStopTextCutsBeforeIt) {
  asked request;
  request.stops = {"t2", "zzz"};
  const auto plan = plan_answer(request, says("x"), 9);
  EXPECT_EQ(plan.content.all(), "t0 t1 ");
  EXPECT_EQ(plan.content.size(), 2u);
  EXPECT_EQ(plan.finish, "stop");
}

TEST(AnswerPlan, AStopTextInsideATokenShortensIt) {
  asked request;
  request.stops = {"1 t"};
  token_text::scratch room;
  const auto plan = plan_answer(request, says("x"), 9);
  EXPECT_EQ(plan.content.all(), "t0 t");
  EXPECT_EQ(plan.content.at(1, room), "t");
}

TEST(AnswerPlan, AStopTextAtTheStartLeavesNothing) {
  asked request;
  request.stops = {"t0"};
  EXPECT_EQ(plan_answer(request, says("x"), 9).content.size(), 0u);
}

TEST(AnswerPlan, ThinksWhenThePromptSaysSo) {
  asked request;
  EXPECT_EQ(plan_answer(request, says("think hard"), 2).reasoning.all(), "r0 r1 r2 ");
  EXPECT_EQ(plan_answer(request, says("think hard"), 2).tokens(), 5u);
  request.may_reason = false;
  EXPECT_EQ(plan_answer(request, says("think hard"), 2).reasoning.size(), 0u);
}

TEST(AnswerPlan, CallsTheFirstToolWhenHintedAndNotAfterItsResult) {
  asked request;
  request.tools = {"weather", "clock"};
  auto prompt = says("use a tool");
  EXPECT_EQ(plan_answer(request, prompt, 2).tool, "weather");
  EXPECT_EQ(plan_answer(request, says("hello"), 2).tool, "");
  prompt.follows_a_tool = true;
  EXPECT_EQ(plan_answer(request, prompt, 2).tool, "");
  request.wish = tool_wish::required;
  EXPECT_EQ(plan_answer(request, prompt, 2).tool, "weather");
  request.wish = tool_wish::named;
  request.wished_tool = "clock";
  EXPECT_EQ(plan_answer(request, prompt, 2).tool, "clock");
  request.wish = tool_wish::none;
  EXPECT_EQ(plan_answer(request, says("use a tool"), 2).tool, "");
}

TEST(AnswerPlan, CutsJsonAtWholeCharacters) {
  const auto cut = token_text::bytes("1234567\xF0\x9F\x98\x80x");
  token_text::scratch room;
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_EQ(cut.at(0, room), "1234567\xF0\x9F\x98\x80");
}

TEST(SchemaSample, FitsSimpleSchemas) {
  const auto schema =
      boost::json::parse(R"({"type":"object","required":["city","n","tags","kind","ref"],"properties":{
    "city":{"type":"string"},"skip":{"type":"string"},"n":{"type":"integer","minimum":3},"tags":{"type":"array","items":{"type":"boolean"}},
    "kind":{"enum":["a","b"]},"ref":{"$ref":"#/$defs/r"}},"$defs":{"r":{"anyOf":[{"type":["null","string"]}]}}})");
  EXPECT_EQ(boost::json::serialize(sample_of(schema)),
            R"({"city":"t0","n":3,"tags":[true],"kind":"a","ref":null})");
  EXPECT_EQ(boost::json::serialize(sample_of(nullptr)), R"({"ok":true})");
}

TEST(SchemaSample, EndsOnASchemaThatContainsItself) {
  const auto schema = boost::json::parse(R"({"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},
    "$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}})");
  EXPECT_LT(boost::json::serialize(sample_of(schema)).size(), 400u);
}

TEST(Embedding, SpellsOutGivenNumbersInBothForms) {
  const auto vector = embed("vector:1,-2", 8);
  EXPECT_EQ(float_list(vector), "[1,-2]");
  EXPECT_EQ(base64_floats(vector), "AACAPwAAAMA=");
}

TEST(Embedding, DependsOnTheTextAlone) {
  EXPECT_EQ(embed("a", 8), embed("a", 8));
  EXPECT_NE(embed("a", 8), embed("b", 8));
  EXPECT_EQ(embed("a", 3).size(), 3u);
}

}  // namespace
}  // namespace edgemesh::mock
