#include "openai/client_request.hpp"

#include <gmock/gmock.h>

namespace edgemesh::openai {
namespace {

using testing::HasSubstr;

/// A chat body with `extra` members.
std::string chat(std::string_view extra) { return R"({"messages":[{"role":"user","content":"hi"}])" + (extra.empty() ? "" : "," + std::string(extra)) + "}"; }

client_request accepted(endpoint kind, std::string body) {
  auto r = read_request(kind, body);
  EXPECT_TRUE(r) << body << (r ? "" : r.error().message);
  return r ? *std::move(r) : client_request{};
}

/// The param of the 400, "-" for none, "accepted" when there is no error.
std::string refused(endpoint kind, std::string body) {
  const auto r = read_request(kind, std::move(body));
  if (r) return "accepted";
  EXPECT_EQ(r.error().status, 400);
  EXPECT_EQ(r.error().type, "invalid_request_error");
  EXPECT_FALSE(r.error().message.empty());
  return r.error().param.value_or("-");
}
std::string refused_chat(std::string_view extra) { return refused(endpoint::chat, chat(extra)); }

TEST(ClientRequest, ReadsTheDecidingFieldsAndKeepsTheBytes) {
  const std::string body = chat(R"( "model" : "m", "stream":true,"stream_options":{"include_usage":true},"n":2,"max_tokens":7,"temperature":1e0,"x":[1] )");
  const client_request r = accepted(endpoint::chat, body);
  EXPECT_EQ(r.body, body);
  EXPECT_EQ(r.model, "m");
  EXPECT_TRUE(r.stream);
  EXPECT_TRUE(r.include_usage);
  EXPECT_EQ(r.choices, 2);
  EXPECT_EQ(r.facts.max_tokens, 7);
  EXPECT_EQ(r.facts.prompt_tokens, 5);
  EXPECT_FALSE(r.facts.tools || r.facts.images || r.facts.audio || r.facts.json_schema || r.facts.logprobs || r.facts.has_effects || r.facts.remote_media);
  EXPECT_EQ(r.root()["x"].raw(), "[1]");
}

TEST(ClientRequest, NullIsAbsent) {
  const client_request r = accepted(endpoint::chat, chat(R"("model":null,"stream":null,"stream_options":null,"n":null,"max_tokens":null,"max_completion_tokens":null,)"
                                                         R"("stop":null,"tools":null,"tool_choice":null,"response_format":null,"functions":null,"function_call":null)"));
  EXPECT_EQ(r.choices, 1);
  EXPECT_FALSE(r.stream);
}

TEST(ClientRequest, Case53AMissingModelIsNoErrorHere) {
  EXPECT_EQ(accepted(endpoint::chat, chat("")).model, "");
  EXPECT_EQ(accepted(endpoint::chat, chat(R"("model":"")")).model, "");
  EXPECT_EQ(refused_chat(R"("model":7)"), "model");
}

TEST(ClientRequest, BadJsonNamesTheByteAndQuotesNothing) {
  const auto r = read_request(endpoint::chat, R"({"secret":oops})");
  ASSERT_FALSE(r);
  EXPECT_THAT(r.error().message, HasSubstr("at byte 10"));
  EXPECT_THAT(r.error().message, testing::Not(HasSubstr("oops")));
  for (const char* body : {"", " ", "[]", "\"x\"", "null", "{", "{}x", "\xEF\xBB\xBF{}"}) EXPECT_EQ(refused(endpoint::chat, body), "-") << body;
}

TEST(ClientRequest, Case42HostileJsonIsRefusedWhole) {
  EXPECT_EQ(refused_chat(R"("x":"\ud800")"), "-");
  EXPECT_EQ(refused_chat(R"("x":1e999)"), "-");
  EXPECT_EQ(refused_chat("\"x\":" + std::string(10'000, '[') + std::string(10'000, ']')), "-");
  EXPECT_EQ(refused_chat(std::string_view("\"x\":\"\0\"", 7)), "-");
  EXPECT_EQ(refused_chat(R"("x":"\u0000")"), "accepted");
}

TEST(ClientRequest, Case42ASecondMemberOfOneNameIsRefused) {
  EXPECT_EQ(refused_chat(R"("model":"a","model":"b")"), "model");
  EXPECT_EQ(refused_chat(R"("model":"a","mo\u0064el":"b")"), "model");
  EXPECT_EQ(refused_chat(R"("messages":[])"), "messages");
  EXPECT_EQ(refused_chat(R"("x":1,"y":2,"x":1)"), "-");
  EXPECT_EQ(refused_chat(R"("x":1,"X":2)"), "accepted");
  EXPECT_EQ(refused_chat(R"("x":{"a":1,"a":2})"), "accepted") << "inner members keep their bytes";
  EXPECT_EQ(refused(endpoint::chat, R"({"messages":[{"role":"user","role":"system","content":"x"}]})"), "messages[0].role");
  EXPECT_EQ(refused(endpoint::chat, R"({"messages":[{"role":"user","content":"x","content":"y"}]})"), "messages[0].content");
}

TEST(ClientRequest, ANameThatDiffersByCaseOnlyIsRefused) {
  for (const auto& [extra, param] : {std::pair{R"("Model":"x")", "model"}, {R"("MESSAGES":[])", "messages"}, {R"("\u004dodel":"x")", "model"}, {R"("Stream":true)", "stream"},
                                     {R"("N":3)", "n"}, {R"("max_Tokens":3)", "max_tokens"}, {R"("Prompt":"x")", "prompt"}, {R"("me\u017f\u017fages":[])", "messages"},
                                     {R"("max_to\u212aens":1)", "max_tokens"}, {"\"me\xC5\xBF\xC5\xBF" "ages\":[]", "messages"}})
    EXPECT_EQ(refused_chat(extra), param) << extra;
  EXPECT_EQ(refused_chat(R"("models":1,"Top_k":2)"), "accepted");
}

TEST(ClientRequest, EscapedKeysAreTheSameKeys) { EXPECT_EQ(accepted(endpoint::chat, chat(R"("mo\u0064el":"x\u002f1")")).model, "x/1"); }

TEST(ClientRequest, TooManyMembersAreRefused) {
  std::string extra = "\"k\":0";
  for (int i = 0; i < 2000; ++i) extra += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(refused_chat(extra), "-");
}

TEST(ClientRequest, WrongTypesNameTheirParam) {
  const std::pair<const char*, const char*> table[] = {
      {R"("stream":"true")", "stream"}, {R"("stream":1)", "stream"}, {R"("stream_options":true)", "stream_options"},
      {R"("stream_options":{"include_usage":1})", "stream_options.include_usage"}, {R"("n":0)", "n"}, {R"("n":129)", "n"}, {R"("n":1.5)", "n"}, {R"("n":"1")", "n"},
      {R"("tools":{})", "tools"}, {R"("tools":["x"])", "tools"}, {R"("tool_choice":7)", "tool_choice"}, {R"("functions":"f")", "functions"}, {R"("function_call":[])", "function_call"},
      {R"("response_format":"json")", "response_format"}, {R"("response_format":{})", "response_format"}, {R"("response_format":{"type":"json_schema"})", "response_format.json_schema"}};
  for (const auto& [extra, param] : table) EXPECT_EQ(refused_chat(extra), param) << extra;
}

TEST(ClientRequest, Case43TokenLimitsMustBeAboveZero) {
  for (const char* name : {"max_tokens", "max_completion_tokens"})
    for (const char* bad : {"0", "-1", "1.5", "\"7\"", "true", "[]"}) EXPECT_EQ(refused_chat('"' + std::string(name) + "\":" + bad), name) << bad;
  EXPECT_EQ(accepted(endpoint::chat, chat(R"("max_tokens":7,"max_completion_tokens":9)")).facts.max_tokens, 9);
  EXPECT_EQ(accepted(endpoint::chat, chat(R"("max_completion_tokens":9)")).facts.max_tokens, 9);
  EXPECT_EQ(accepted(endpoint::chat, chat(R"("max_tokens":7,"max_completion_tokens":null)")).facts.max_tokens, 7);
  EXPECT_EQ(accepted(endpoint::chat, chat(R"("max_tokens":1e2)")).facts.max_tokens, 100);
}

TEST(ClientRequest, Case44StopIsAStringOrStrings) {
  for (const char* good : {"\"x\"", "[\"x\",\"y\"]", "[]", "null"}) EXPECT_EQ(refused_chat("\"stop\":" + std::string(good)), "accepted") << good;
  for (const char* bad : {"[1]", "1", "{}", "[\"x\",null]", "false"}) EXPECT_EQ(refused_chat("\"stop\":" + std::string(bad)), "stop") << bad;
  EXPECT_EQ(refused(endpoint::completions, R"({"prompt":"x","stop":[1]})"), "stop");
}

TEST(ClientRequest, Case45NullSamplingFieldsPass) { EXPECT_EQ(refused_chat(R"("temperature":null,"top_p":null,"seed":null)"), "accepted"); }

TEST(ClientRequest, UnknownMembersPass) {
  EXPECT_EQ(refused_chat(R"("metadata":{"a":1},"user":7,"service_tier":"x","top_k":40,"chat_template_kwargs":{},"":null)"), "accepted");
}

TEST(ClientRequest, FactsOfToolsAndFormats) {
  const char* tools = R"("tools":[{"type":"function","function":{"name":"f"}}])";
  EXPECT_TRUE(accepted(endpoint::chat, chat(tools)).facts.tools);
  EXPECT_FALSE(accepted(endpoint::chat, chat(std::string(tools) + R"(,"tool_choice":"none")")).facts.tools);
  EXPECT_TRUE(accepted(endpoint::chat, chat(std::string(tools) + R"(,"tool_choice":{"type":"function","function":{"name":"f"}})")).facts.tools);
  EXPECT_FALSE(accepted(endpoint::chat, chat(R"("tools":[])")).facts.tools);
  EXPECT_TRUE(accepted(endpoint::chat, chat(R"("functions":[{"name":"f"}])")).facts.tools);
  EXPECT_TRUE(accepted(endpoint::chat, chat(R"("response_format":{"type":"json_object"})")).facts.json_schema);
  EXPECT_TRUE(accepted(endpoint::chat, chat(R"("response_format":{"type":"json_schema","json_schema":{"name":"n"}})")).facts.json_schema);
  EXPECT_FALSE(accepted(endpoint::chat, chat(R"("response_format":{"type":"text"})")).facts.json_schema);
  EXPECT_TRUE(accepted(endpoint::chat, chat(R"("logprobs":true)")).facts.logprobs);
  EXPECT_TRUE(accepted(endpoint::completions, R"({"prompt":"x","logprobs":0})").facts.logprobs);
  EXPECT_FALSE(accepted(endpoint::completions, R"({"prompt":"x","logprobs":null})").facts.logprobs);
}

TEST(ClientRequest, WhatLeavesTracesHasEffects) {
  for (const char* extra : {R"("store":true)", R"("background":true)", R"("tools":[{"type":"web_search"}])", R"("web_search_options":{})"})
    EXPECT_TRUE(accepted(endpoint::chat, chat(extra)).facts.has_effects) << extra;
  for (const char* extra : {R"("store":false)", R"("tools":[{"type":"custom"}])", R"("web_search_options":null)"})
    EXPECT_FALSE(accepted(endpoint::chat, chat(extra)).facts.has_effects) << extra;
  EXPECT_TRUE(accepted(endpoint::chat, chat(R"("tools":[{"type":"mcp","server_url":"http://10.0.0.1/"}])")).facts.remote_media);
}

TEST(ClientRequest, CompletionsTakeFourShapesOfPrompt) {
  for (const char* good : {"\"\"", "\"x\"", "[\"a\",\"b\"]", "[1,2]", "[[1],[2,3]]"}) EXPECT_EQ(refused(endpoint::completions, R"({"prompt":)" + std::string(good) + "}"), "accepted") << good;
  for (const char* bad : {"null", "7", "{}", "[]", "[1,\"a\"]", "[[]]", "[[\"a\"]]", "[-1]", "[1.5]", "[null]", "[[1],2]"})
    EXPECT_EQ(refused(endpoint::completions, R"({"prompt":)" + std::string(bad) + "}"), "prompt") << bad;
  EXPECT_EQ(refused(endpoint::completions, "{}"), "prompt");
  EXPECT_TRUE(accepted(endpoint::completions, R"({"prompt":"x","stream":true})").stream);
}

TEST(ClientRequest, Case71And70EmbeddingsSayTheirEncoding) {
  EXPECT_FALSE(accepted(endpoint::embeddings, R"({"input":"x"})").wants_base64);
  EXPECT_FALSE(accepted(endpoint::embeddings, R"({"input":"x","encoding_format":"float"})").wants_base64);
  EXPECT_TRUE(accepted(endpoint::embeddings, R"({"input":"x","encoding_format":"base64"})").wants_base64);
  EXPECT_EQ(refused(endpoint::embeddings, R"({"input":"x","encoding_format":"hex"})"), "encoding_format");
  EXPECT_FALSE(accepted(endpoint::embeddings, R"({"input":"x","stream":true})").stream);
}

TEST(ClientRequest, Case73EmbeddingInputsAreBounded) {
  EXPECT_EQ(refused(endpoint::embeddings, R"({"input":[]})"), "input");
  EXPECT_EQ(refused(endpoint::embeddings, "{}"), "input");
  EXPECT_EQ(refused(endpoint::embeddings, R"({"input":[1,2]})"), "accepted") << "who cannot take tokens refuses them in its dialect";
  const auto inputs = [](int count, const std::string& one) {
    std::string body = "{\"input\":[" + one;
    for (int i = 1; i < count; ++i) body += "," + one;
    return body + "]}";
  };
  EXPECT_EQ(refused(endpoint::embeddings, inputs(2048, "\"x\"")), "accepted");
  EXPECT_EQ(refused(endpoint::embeddings, inputs(2049, "\"x\"")), "input");
  EXPECT_EQ(refused(endpoint::embeddings, inputs(2049, "[1]")), "input");
  EXPECT_EQ(refused(endpoint::embeddings, inputs(4000, "7")), "accepted") << "one input of many tokens";
}

}  // namespace
}  // namespace edgemesh::openai
