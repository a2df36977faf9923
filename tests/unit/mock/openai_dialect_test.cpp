#include "tests/unit/mock/dialect_fixture.hpp"

namespace edgemesh::mock::test {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

TEST(OpenaiMock, AnswersAChatWhole) {
  const auto server = serve(backend_kind::openai);
  const auto got = fetch(server->port(), "POST", path, chat("one two"));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.headers.at("content-type"), "application/json");
  const auto body = json_of(got.body);
  EXPECT_EQ(at(body, "/object"), "\"chat.completion\"");
  EXPECT_EQ(at(body, "/model"), "\"m\"");
  EXPECT_EQ(at(body, "/choices/0/message/content"), "\"t0 t1 t2 \"");
  EXPECT_EQ(at(body, "/choices/0/finish_reason"), "\"stop\"");
  EXPECT_EQ(at(body, "/usage/prompt_tokens"), "2");
  EXPECT_EQ(at(body, "/usage/completion_tokens"), "3");
  EXPECT_EQ(at(body, "/usage/total_tokens"), "5");
}

TEST(OpenaiMock, StreamsRoleTokensFinishUsageAndTheEndMark) {
  const auto server = serve(backend_kind::openai);
  const auto got = fetch(server->port(), "POST", path,
                         chat("x", R"(,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_TRUE(got.headers.at("content-type").starts_with("text/event-stream"));
  EXPECT_TRUE(got.is_whole);
  const auto events = sse_events(got.body);
  ASSERT_EQ(events.size(), 7u);
  EXPECT_EQ(at(json_of(events[0]), "/choices/0/delta"), R"({"role":"assistant","content":""})");
  EXPECT_EQ(at(json_of(events[1]), "/usage"), "null");
  EXPECT_EQ(streamed_text(got.body), "t0 t1 t2 ");
  EXPECT_EQ(at(json_of(events[4]), "/choices/0/delta"), "{}");
  EXPECT_EQ(at(json_of(events[4]), "/choices/0/finish_reason"), "\"stop\"");
  EXPECT_EQ(at(json_of(events[5]), "/choices"), "[]");
  EXPECT_EQ(at(json_of(events[5]), "/usage/completion_tokens"), "3");
  EXPECT_EQ(events[6], "[DONE]");
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(at(json_of(events[i]), "/id"), at(json_of(events[0]), "/id"));
}

TEST(OpenaiMock, SendsUsageOnlyWhenAsked) {
  const auto server = serve(backend_kind::openai);
  const auto got = fetch(server->port(), "POST", path, chat("x", R"(,"stream":true)"));
  EXPECT_EQ(got.body.find("usage"), std::string::npos);
}

TEST(OpenaiMock, HonoursLimitStopAndChoices) {
  const auto server = serve(backend_kind::openai, 9);
  auto body = json_of(
      fetch(server->port(), "POST", path, chat("x", R"(,"max_completion_tokens":2,"max_tokens":5,"n":2)"))
          .body);
  EXPECT_EQ(at(body, "/choices/1/message/content"), "\"t0 t1 \"");
  EXPECT_EQ(at(body, "/choices/1/index"), "1");
  EXPECT_EQ(at(body, "/choices/0/finish_reason"), "\"length\"");
  EXPECT_EQ(at(body, "/usage/completion_tokens"), "4");
  body = json_of(fetch(server->port(), "POST", path, chat("x", R"(,"stop":" t3")")).body);
  EXPECT_EQ(at(body, "/choices/0/message/content"), "\"t0 t1 t2\"");
}

TEST(OpenaiMock, EchoesAWholeTextWithoutChangingIt) {
  const auto server = serve(backend_kind::openai);
  const auto got = fetch(server->port(), "POST", path,
                         chat(R"(echo:a \"b\" \\ \u00e9\ud83d\ude00\n c)", R"(,"stream":true)"));
  EXPECT_EQ(streamed_text(got.body), "a \"b\" \\ \xC3\xA9\xF0\x9F\x98\x80\n c");
}

TEST(OpenaiMock, CallsAToolInThreeDeltas) {
  const auto server = serve(backend_kind::openai);
  const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"weather"}}])";
  const auto whole = json_of(fetch(server->port(), "POST", path, chat("use the tool", tools)).body);
  EXPECT_EQ(at(whole, "/choices/0/message/content"), "null");
  EXPECT_EQ(at(whole, "/choices/0/message/tool_calls/0/function/name"), "\"weather\"");
  EXPECT_EQ(at(whole, "/choices/0/message/tool_calls/0/function/arguments"), R"("{\"city\":\"Paris\"}")");
  EXPECT_EQ(at(whole, "/choices/0/finish_reason"), "\"tool_calls\"");
  const auto events = sse_events(
      fetch(server->port(), "POST", path, chat("hi", tools + R"(,"tool_choice":"required","stream":true)"))
          .body);
  ASSERT_EQ(events.size(), 6u);
  std::string arguments;
  for (int i = 1; i <= 3; ++i) {
    const auto event = json_of(events[static_cast<std::size_t>(i)]);
    EXPECT_EQ(at(event, "/choices/0/delta/tool_calls/0/function/name"), i == 1 ? "\"weather\"" : "absent");
    EXPECT_EQ(at(event, "/choices/0/delta/tool_calls/0/id") == "absent", i != 1);
    arguments += json_of(at(event, "/choices/0/delta/tool_calls/0/function/arguments")).as_string();
  }
  EXPECT_EQ(arguments, R"({"city":"Paris"})");
}

TEST(OpenaiMock, FitsAJsonSchemaAndGivesLogprobs) {
  const auto server = serve(backend_kind::openai);
  const auto shaped = json_of(
      fetch(
          server->port(), "POST", path,
          chat(
              "x",
              R"(,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object","properties":{"a":{"type":"string"}}}}})"))
          .body);
  EXPECT_EQ(at(shaped, "/choices/0/message/content"), R"("{\"a\":\"t0\"}")");
  const auto sure =
      json_of(fetch(server->port(), "POST", path, chat("x", R"(,"logprobs":true,"top_logprobs":2)")).body);
  EXPECT_EQ(at(sure, "/choices/0/logprobs/content/1/token"), "\"t1 \"");
  EXPECT_EQ(at(sure, "/choices/0/logprobs/content/1/bytes"), "[116,49,32]");
  EXPECT_EQ(at(sure, "/choices/0/logprobs/content/1/top_logprobs/1/token"), "\"x1\"");
}

TEST(OpenaiMock, CompletesTextsAndTokenLists) {
  const auto server = serve(backend_kind::openai, 30);
  const auto body = json_of(fetch(server->port(), "POST", "/v1/completions",
                                  R"({"model":"m","prompt":["echo:a b","c"],"logprobs":1})")
                                .body);
  EXPECT_EQ(at(body, "/object"), "\"text_completion\"");
  EXPECT_EQ(at(body, "/choices/0/text"), "\"a b\"");
  EXPECT_EQ(at(body, "/choices/0/logprobs/text_offset"), "[0,2]");
  EXPECT_EQ(at(body, "/choices/1/finish_reason"), "\"length\"") << "sixteen tokens where no limit is given";
  const auto events = sse_events(fetch(server->port(), "POST", "/v1/completions",
                                       R"({"model":"m","prompt":[1,2,3],"max_tokens":1,"stream":true})")
                                     .body);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(at(json_of(events[0]), "/choices/0/text"), "\"t0 \"");
  EXPECT_EQ(at(json_of(events[1]), "/choices/0/finish_reason"), "\"length\"");
}

TEST(OpenaiMock, EmbedsInBothFormats) {
  const auto server = serve(backend_kind::openai);
  auto body = json_of(fetch(server->port(), "POST", "/v1/embeddings",
                            R"({"model":"m","input":["vector:1,-2","x y"],"dimensions":4})")
                          .body);
  EXPECT_EQ(at(body, "/data/0/embedding"), "[1,-2]");
  EXPECT_EQ(body.at_pointer("/data/1/embedding").as_array().size(), 4u);
  EXPECT_EQ(at(body, "/data/1/index"), "1");
  EXPECT_EQ(at(body, "/usage/prompt_tokens"), "3");
  body = json_of(fetch(server->port(), "POST", "/v1/embeddings",
                       R"({"model":"m","input":"vector:1,-2","encoding_format":"base64"})")
                     .body);
  EXPECT_EQ(at(body, "/data/0/embedding"), "\"AACAPwAAAMA=\"");
}

TEST(OpenaiMock, RefusesInOpenaisWords) {
  const auto server = serve(backend_kind::openai);
  const auto ask = [&](std::string_view body) { return fetch(server->port(), "POST", path, body); };
  EXPECT_EQ(ask("{").status, 400);
  const auto unknown = ask(R"({"model":"x","messages":[{"role":"user","content":"a"}]})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(at(json_of(unknown.body), "/error/code"), "\"model_not_found\"");
  for (const auto* bad : {R"({"messages":[{"role":"user","content":"a"}]})", R"({"model":"m"})",
                          R"({"model":"m","messages":[]})", R"({"model":"m","messages":[{"content":"a"}]})",
                          R"({"model":"m","messages":[{"role":"user","content":3}]})",
                          R"({"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":0})",
                          R"({"model":"m","messages":[{"role":"user","content":"a"}],"top_logprobs":1})",
                          R"({"model":"m","messages":[{"role":"user","content":"a"}],"stream":"yes"})"}) {
    const auto got = ask(bad);
    EXPECT_EQ(got.status, 400) << bad;
    EXPECT_EQ(at(json_of(got.body), "/error/type"), "\"invalid_request_error\"");
  }
}

TEST(OpenaiMock, RefusesAPromptOverTheContext) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.models = {"m"};
  options.context = 2;
  const auto server = serve(options);
  const auto got = fetch(server->port(), "POST", path, chat("a b c"));
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(at(json_of(got.body), "/error/code"), "\"context_length_exceeded\"");
}

TEST(OpenaiMock, WantsItsKey) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.models = {"m"};
  options.api_key = "k1";
  const auto server = serve(options);
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models").status, 401);
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models", "", "Authorization: Bearer k2\r\n").status, 401);
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models", "", "Authorization: Bearer k1\r\n").status, 200);
}

TEST(OpenaiMock, FindsModelsByPlainAndEncodedId) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.models = {"org/llama:8b"};
  const auto server = serve(options);
  EXPECT_EQ(at(json_of(fetch(server->port(), "GET", "/v1/models").body), "/data/0/id"), "\"org/llama:8b\"");
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models/org/llama:8b").status, 200);
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models/org%2Fllama%3A8b").status, 200);
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models/other").status, 404);
}

}  // namespace
}  // namespace edgemesh::mock::test
