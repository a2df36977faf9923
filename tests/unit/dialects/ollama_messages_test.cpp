#include "tests/unit/dialects/ollama_request_fixture.hpp"

namespace edgemesh::dialects {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

TEST_F(OllamaRequest, RolesAndPlainContentPass) {
  EXPECT_EQ(messages(R"([{"role":"developer","content":"d"},{"role":"system","content":"s"},{"role":"user","content":"\u00e9\n","name":"n"}])"),
            R"([{"role":"system","content":"d"},{"role":"system","content":"s"},{"role":"user","content":"\u00e9\n"}])");
}

TEST_F(OllamaRequest, MissingContentIsEmpty) {
  EXPECT_EQ(messages(R"([{"role":"user"},{"role":"assistant","content":null}])"),
            R"([{"role":"user","content":""},{"role":"assistant","content":""}])");
}

TEST_F(OllamaRequest, MalformedMessagesNameTheirPlace) {
  EXPECT_EQ(messages("[]"), "messages");
  EXPECT_EQ(messages("[1]"), "messages[0]");
  EXPECT_EQ(messages(R"([{"content":"x"}])"), "messages[0].role");
  EXPECT_EQ(messages(R"([{"role":"user","content":5}])"), "messages[0].content");
  EXPECT_EQ(messages(R"([{"role":"user","content":["x"]}])"), "messages[0].content[0]");
}

TEST_F(OllamaRequest, Case38PartsBecomeOneMessageWithImages) {
  EXPECT_EQ(messages(R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},)"
                     R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC","detail":"low"}}]}])"),
            R"([{"role":"user","content":"a\nb","images":["AAEC"]}])");
}

TEST_F(OllamaRequest, Case39RemoteImagesAreNotFetched) {
  for (const char* url : {"http://10.0.0.1/x.png", "https://a.example/x.png", "file:///etc/passwd", "x.png"}) {
    const auto made = convert(endpoint::chat, R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":")" +
                                                  std::string(url) + R"("}}]}]})");
    ASSERT_TRUE(made.has_error()) << url;
    EXPECT_EQ(made.error().status, 400) << url;
    EXPECT_THAT(made.error().param, Optional(std::string("messages[0].content[0].image_url.url"))) << url;
    EXPECT_THAT(made.error().message, Not(HasSubstr(url))) << "a URL may hold a token";
  }
}

TEST_F(OllamaRequest, Case40DataUrlsMayHaveParametersAndUpperCase) {
  const auto image = [&](const std::string& url) {
    return messages(R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":")" + url + R"("}}]}])");
  };
  const std::string taken = R"([{"role":"user","content":"","images":["AAEC"]}])";
  EXPECT_EQ(image("data:image/png;charset=x;base64,AAEC"), taken);
  EXPECT_EQ(image("DATA:IMAGE/PNG;BASE64,AAEC"), taken);
  EXPECT_EQ(image("data:;base64,AAEC"), taken);
  EXPECT_EQ(image(R"(data:image\/png;base64,AAEC)"), taken);
  const std::string place = "messages[0].content[0].image_url.url";
  EXPECT_EQ(image("data:image/png;base64,AAE"), place);
  EXPECT_EQ(image("data:image/png;base64,"), place);
  EXPECT_EQ(image("data:image/png,AAEC"), place);
  EXPECT_EQ(image("data:image/png;base64"), place);
}

TEST_F(OllamaRequest, AudioGoesToModelsThatTakeIt) {
  const auto list = R"([{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}}]}])";
  EXPECT_EQ(messages(list), "messages[0].content[0]");
  model.capabilities.set(capability::audio, true);
  EXPECT_EQ(messages(list), R"([{"role":"user","content":"","images":["AAEC"]}])");
}

TEST_F(OllamaRequest, Case29ArgumentsKeepOrderAndNumbers) {
  EXPECT_EQ(messages(R"([{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
                     R"("arguments":"{\"b\":1e2,\"a\":12345678901234567890,\"c\":0.1}"}}]}])"),
            R"([{"role":"assistant","content":"","tool_calls":[{"id":"c","function":{"name":"f",)"
            R"("arguments":{"b":1e2,"a":12345678901234567890,"c":0.1}}}]}])");
}

TEST_F(OllamaRequest, Case30ArgumentsAreAnObjectOrAMistake) {
  const auto call = [&](const std::string& arguments) {
    return messages(R"([{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f")" + arguments + "}}]}]");
  };
  const std::string empty = R"([{"role":"assistant","content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]}])";
  EXPECT_EQ(call(R"(,"arguments":"")"), empty);
  EXPECT_EQ(call(R"(,"arguments":" \n")"), empty);
  EXPECT_EQ(call(""), empty);
  const std::string place = "messages[0].tool_calls[0].function.arguments";
  EXPECT_EQ(call(R"(,"arguments":"not json")"), place);
  EXPECT_EQ(call(R"(,"arguments":"[1]")"), place);
  EXPECT_EQ(call(R"(,"arguments":7)"), place);
}

TEST_F(OllamaRequest, Case33ToolAnswersGetTheNameOfTheirTool) {
  EXPECT_EQ(messages(R"([{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}}]},)"
                     R"({"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c9","content":[{"type":"text","text":"2"}]}])"),
            R"([{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{}}}]},)"
            R"({"role":"tool","content":"1","tool_call_id":"c1","tool_name":"f"},{"role":"tool","content":"2","tool_call_id":"c9"}])");
}

TEST_F(OllamaRequest, LegacyFunctionsBecomeTools) {
  EXPECT_EQ(messages(R"([{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}])"),
            R"([{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},)"
            R"({"role":"tool","content":"1","tool_name":"f"}])");
  EXPECT_THAT(chat_with(R"("functions":[{"name":"f"}],"function_call":"auto")"),
              HasSubstr(R"("tools":[{"type":"function","function":{"name":"f"}}])"));
}

TEST_F(OllamaRequest, ReasoningInTheHistoryBecomesThinking) {
  EXPECT_EQ(messages(R"([{"role":"assistant","content":"a","reasoning":"r"},{"role":"assistant","content":"a","reasoning_content":"c"}])"),
            R"([{"role":"assistant","content":"a","thinking":"r"},{"role":"assistant","content":"a","thinking":"c"}])");
}

const std::string two_tools =
    R"("tools":[{"type":"function","function":{"name":"f","parameters":{"z":1,"a":2}}},{"type":"function","function":{"name":"g"}}])";

TEST_F(OllamaRequest, ToolsPassAsTheyAre) {
  EXPECT_THAT(chat_with(two_tools), HasSubstr(two_tools));
  EXPECT_THAT(chat_with(two_tools + R"(,"tool_choice":"auto","parallel_tool_calls":false)"), HasSubstr(two_tools));
  EXPECT_EQ(chat_with(R"("tools":[])"), chat_with(""));
}

TEST_F(OllamaRequest, Case36ToolChoice) {
  EXPECT_EQ(chat_with(two_tools + R"(,"tool_choice":"none")"), chat_with(""));
  const auto required = chat_fault(two_tools + R"(,"tool_choice":"required")");
  EXPECT_EQ(required.status, 400);
  EXPECT_THAT(required.code, Optional(std::string("unsupported_parameter")));
  EXPECT_THAT(required.param, Optional(std::string("tool_choice")));
  EXPECT_THAT(chat_fault(two_tools + R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{}})").code,
              Optional(std::string("unsupported_parameter")));
  EXPECT_EQ(chat_fault(two_tools + R"(,"tool_choice":"maybe")").code, std::nullopt);
}

TEST_F(OllamaRequest, ANamedToolChoiceSendsOnlyThatTool) {
  const auto body = chat_with(two_tools + R"(,"tool_choice":{"type":"function","function":{"name":"g"}})");
  EXPECT_THAT(body, HasSubstr(R"("tools":[{"type":"function","function":{"name":"g"}}])"));
  EXPECT_EQ(chat_fault(two_tools + R"(,"tool_choice":{"type":"function","function":{"name":"h"}})").status, 400);
}

TEST_F(OllamaRequest, OtherKindsOfToolsAreUnsupported) {
  EXPECT_THAT(chat_fault(R"("tools":[{"type":"custom","custom":{"name":"x"}}])").code, Optional(std::string("unsupported_parameter")));
  EXPECT_EQ(chat_fault(R"("tools":[{"type":"function"}])").status, 400);
  EXPECT_EQ(chat_fault(R"("tools":7)").status, 400);
  EXPECT_EQ(chat_fault(R"("tools":[7])").status, 400);
}

}  // namespace
}  // namespace edgemesh::dialects
