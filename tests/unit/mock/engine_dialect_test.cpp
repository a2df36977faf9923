#include "tests/unit/mock/dialect_fixture.hpp"

namespace edgemesh::mock::test {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

TEST(LlamacppMock, StreamsInItsOwnOrder) {
  const auto server = serve(backend_kind::llamacpp);
  const auto got = fetch(server->port(), "POST", path,
                         R"({"messages":[{"role":"user","content":"think"}],"stream":true})");
  EXPECT_EQ(got.headers.at("server"), "llama.cpp");
  const auto events = sse_events(got.body);
  ASSERT_EQ(events.size(), 9u);
  EXPECT_EQ(at(json_of(events[0]), "/choices/0/delta"), R"({"role":"assistant","content":null})");
  EXPECT_EQ(at(json_of(events[0]), "/model"), "\"m\"") << "the model's own name where none was asked for";
  EXPECT_EQ(streamed_text(got.body, "reasoning_content"), "r0 r1 r2 ");
  EXPECT_EQ(streamed_text(got.body), "t0 t1 t2 ");
  EXPECT_EQ(at(json_of(events[7]), "/choices/0/finish_reason"), "\"stop\"");
  EXPECT_EQ(at(json_of(events[7]), "/timings/predicted_n"), "6");
  EXPECT_EQ(events[8], "[DONE]");
}

TEST(LlamacppMock, ShowsHealthModelsPropsSlotsAndMetrics) {
  mock_options options;
  options.kind = backend_kind::llamacpp;
  options.models = {"m"};
  options.slots = 2;
  options.context = 512;
  const auto server = serve(options);
  const auto page = [&](std::string_view where) { return fetch(server->port(), "GET", where); };
  EXPECT_EQ(page("/health").body, R"({"status":"ok"})");
  const auto models = json_of(page("/v1/models").body);
  EXPECT_EQ(at(models, "/data/0/owned_by"), "\"llamacpp\"");
  EXPECT_EQ(at(models, "/data/0/meta/n_ctx"), "512");
  const auto props = json_of(page("/props").body);
  EXPECT_EQ(at(props, "/total_slots"), "2");
  EXPECT_EQ(at(props, "/default_generation_settings/n_ctx"), "512");
  EXPECT_EQ(json_of(page("/slots").body).as_array().size(), 2u);
  EXPECT_NE(page("/metrics").body.find("\nllamacpp:requests_processing 0\n"), std::string::npos);
  EXPECT_EQ(at(json_of(page("/nothing").body), "/error/type"), "\"not_found_error\"");
}

TEST(LlamacppMock, RefusesInItsOwnWords) {
  mock_options options;
  options.kind = backend_kind::llamacpp;
  options.models = {"a", "b"};
  options.context = 2;
  options.api_key = "k";
  options.embeddings = false;
  const auto server = serve(options);
  const auto ask = [&](std::string_view where, std::string_view body) {
    return fetch(server->port(), "POST", where, body, "X-Api-Key: k\r\n");
  };
  EXPECT_EQ(fetch(server->port(), "POST", path, "{}").status, 401);
  EXPECT_EQ(fetch(server->port(), "GET", "/health").status, 200);
  EXPECT_EQ(ask(path, "{").status, 500);
  EXPECT_NE(ask(path, chat("x")).body.find("model 'm' not found"), std::string::npos);
  EXPECT_NE(ask(path, R"({"messages":[{"role":"user","content":"a"}]})").body.find("model name is missing"),
            std::string::npos);
  const auto overlong = ask(path, R"({"model":"a","messages":[{"role":"user","content":"a b c"}]})");
  EXPECT_EQ(overlong.status, 400);
  EXPECT_EQ(at(json_of(overlong.body), "/error/type"), "\"exceed_context_size_error\"");
  EXPECT_EQ(at(json_of(overlong.body), "/error/n_prompt_tokens"), "3");
  EXPECT_EQ(ask("/v1/embeddings", R"({"model":"a","input":"x"})").status, 501);
}

TEST(LlamacppMock, HoldsRequestsInSilenceUntilASlotIsFree) {
  mock_options options;
  options.kind = backend_kind::llamacpp;
  options.models = {"m"};
  options.slots = 1;
  const auto server = serve(options);
  server->set_faults({[] {
    auto f = fault(fault_name::stall_mid_stream);
    f.count = 1;
    return f;
  }()});
  raw_client first(server->port()), second(server->port()), third(server->port());
  first.ask("POST", path, chat("x", R"(,"stream":true)"));
  ASSERT_TRUE(first.wait_for("t0 "));
  second.ask("POST", path, chat("echo:second"));
  ASSERT_TRUE(eventually([&] { return server->requests().size() == 2; }));
  third.ask("POST", path, chat("echo:third"));
  ASSERT_TRUE(eventually([&] {
    return fetch(server->port(), "GET", "/metrics").body.find("llamacpp:requests_deferred 2\n") !=
           std::string::npos;
  }));
  second.close();
  ASSERT_TRUE(eventually([&] { return server->requests()[1].state == request_state::client_left; }));
  EXPECT_EQ(server->requests()[0].state, request_state::running);
  first.reset();
  EXPECT_NE(third.receive().body.find("third"), std::string::npos)
      << "the slot goes to the next that still waits";
}

TEST(LlamacppMock, SendsCommentsInLongSilences) {
  mock_options options;
  options.kind = backend_kind::llamacpp;
  options.tokens = 2;
  options.itl = milliseconds(60);
  options.ping = milliseconds(15);
  const auto server = serve(options);
  const auto got = fetch(server->port(), "POST", path, chat("x", R"(,"stream":true)"));
  EXPECT_NE(got.body.find("\n\n:\n\n"), std::string::npos);
  EXPECT_EQ(streamed_text(got.body), "t0 t1 ");
}

TEST(CognisMock, IsALlamaServerWithAFilePathAndWithoutMetrics) {
  const auto server = serve(backend_kind::cognis);
  EXPECT_EQ(at(json_of(fetch(server->port(), "GET", "/v1/models").body), "/data/0/id"),
            R"("/models/m.gguf")");
  EXPECT_EQ(fetch(server->port(), "GET", "/metrics").status, 501);
  const auto got = json_of(
      fetch(server->port(), "POST", path, R"({"messages":[{"role":"user","content":"x"}],"max_tokens":1})")
          .body);
  EXPECT_EQ(at(got, "/model"), R"("/models/m.gguf")");
  EXPECT_EQ(at(got, "/choices/0/message/content"), "\"t0 \"");
}

TEST(VllmMock, SendsTheFinishReasonWithTheLastToken) {
  const auto server = serve(backend_kind::vllm);
  const auto got =
      fetch(server->port(), "POST", path,
            chat("think",
                 R"(,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true})"));
  const auto events = sse_events(got.body);
  ASSERT_EQ(events.size(), 9u);
  EXPECT_EQ(at(json_of(events[0]), "/choices/0/delta/content"), "\"\"");
  EXPECT_EQ(at(json_of(events[1]), "/usage/completion_tokens"), "1");
  EXPECT_EQ(streamed_text(got.body, "reasoning"), "r0 r1 r2 ");
  EXPECT_EQ(at(json_of(events[6]), "/choices/0/delta/content"), "\"t2 \"");
  EXPECT_EQ(at(json_of(events[6]), "/choices/0/finish_reason"), "\"stop\"");
  EXPECT_EQ(at(json_of(events[7]), "/choices"), "[]");
  EXPECT_EQ(events[8], "[DONE]");
}

TEST(VllmMock, TakesEmptyStreamOptionsAsAWishForUsage) {
  const auto server = serve(backend_kind::vllm);
  EXPECT_NE(fetch(server->port(), "POST", path, chat("x", R"(,"stream":true,"stream_options":{})"))
                .body.find("usage"),
            std::string::npos);
}

TEST(VllmMock, SendsTheHeadBeforeTheFirstToken) {
  mock_options options;
  options.kind = backend_kind::vllm;
  options.ttft = seconds(100);
  const auto server = serve(options);
  raw_client client(server->port());
  client.ask("POST", path, R"({"messages":[{"role":"user","content":"x"}],"stream":true})");
  EXPECT_TRUE(client.wait_for("text/event-stream"));
}

TEST(VllmMock, EndsANamedToolWithStop) {
  const auto server = serve(backend_kind::vllm);
  const auto got = json_of(
      fetch(
          server->port(), "POST", path,
          chat(
              "x",
              R"(,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}})"))
          .body);
  EXPECT_EQ(at(got, "/choices/0/finish_reason"), "\"stop\"");
  EXPECT_EQ(at(got, "/choices/0/message/tool_calls/0/function/name"), "\"f\"");
}

TEST(VllmMock, ShowsItsPagesAndItsErrors) {
  mock_options options;
  options.kind = backend_kind::vllm;
  options.models = {"m"};
  options.context = 4;
  options.api_key = "k";
  const auto server = serve(options);
  const std::string key = "Authorization: Bearer k\r\n";
  EXPECT_EQ(fetch(server->port(), "GET", "/health").body, "");
  EXPECT_EQ(fetch(server->port(), "GET", "/v1/models").body, R"({"error":"Unauthorized"})");
  EXPECT_EQ(at(json_of(fetch(server->port(), "GET", "/v1/models", "", key).body), "/data/0/max_model_len"),
            "4");
  const auto metrics = fetch(server->port(), "GET", "/metrics").body;
  EXPECT_LT(metrics.find("num_requests_waiting_by_reason{"), metrics.find("\nvllm:num_requests_waiting{"));
  EXPECT_EQ(fetch(server->port(), "GET", "/nothing").body, R"({"detail":"Not Found"})");
  const auto missing = json_of(
      fetch(server->port(), "POST", path, R"({"model":"x","messages":[{"role":"user","content":"a"}]})", key)
          .body);
  EXPECT_EQ(at(missing, "/error/type"), "\"NotFoundError\"");
  EXPECT_EQ(at(missing, "/error/code"), "404");
  EXPECT_NE(fetch(server->port(), "POST", path, chat("a b c d e"), key).body.find("maximum context length"),
            std::string::npos);
  raw_client untyped(server->port());
  untyped.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\nContent-Length: "
      "2\r\n\r\n{}");
  EXPECT_EQ(untyped.receive().status, 415);
}

}  // namespace
}  // namespace edgemesh::mock::test
