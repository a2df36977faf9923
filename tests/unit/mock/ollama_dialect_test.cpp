#include "tests/unit/mock/dialect_fixture.hpp"

#include "mock/ollama_persona.hpp"
#include "mock/ollama_request.hpp"

namespace edgemesh::mock::test {
namespace {

TEST(OllamaMock, ReadsNamesAsOllamaDoes) {
  EXPECT_EQ(canonical_model("LLama3"), "llama3:latest");
  EXPECT_EQ(canonical_model("library/llama3:latest"), "llama3:latest");
  EXPECT_EQ(canonical_model("registry.ollama.ai/library/llama3"), "llama3:latest");
  EXPECT_EQ(canonical_model("host:5000/ns/m"), "host:5000/ns/m:latest");
  for (const auto* bad : {"", "a b", "m:", ":t", "ns/", "a\"b"}) EXPECT_EQ(canonical_model(bad), "") << bad;
}

TEST(OllamaMock, StreamsALinePerTokenUnlessToldNotTo) {
  const auto server = serve(backend_kind::ollama);
  const auto got = fetch(server->port(), "POST", "/api/chat",
                         R"({"model":"M:latest","messages":[{"role":"user","content":"think <b>"}]})");
  EXPECT_EQ(got.headers.at("content-type"), "application/x-ndjson");
  const auto lines = lines_of(got.body);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(got.body.back(), '\n');
  EXPECT_EQ(at(json_of(lines[0]), "/message/thinking"), "\"r0 \"");
  EXPECT_EQ(at(json_of(lines[3]), "/message"), R"({"role":"assistant","content":"t0 "})");
  EXPECT_EQ(at(json_of(lines[3]), "/done"), "false");
  const auto last = json_of(lines[6]);
  EXPECT_EQ(at(last, "/model"), "\"M:latest\"") << "the name as it was asked for";
  EXPECT_EQ(at(last, "/done_reason"), "\"stop\"");
  EXPECT_EQ(at(last, "/prompt_eval_count"), "2");
  EXPECT_EQ(at(last, "/eval_count"), "6");
}

TEST(OllamaMock, AnswersWholeWithOptions) {
  const auto server = serve(backend_kind::ollama);
  const auto got = fetch(server->port(), "POST", "/api/chat",
                         chat("x", R"(,"stream":false,"options":{"num_predict":2,"stop":["zzz"]})"));
  EXPECT_TRUE(got.headers.at("content-type").starts_with("application/json"));
  EXPECT_EQ(at(json_of(got.body), "/message/content"), "\"t0 t1 \"");
  EXPECT_EQ(at(json_of(got.body), "/done_reason"), "\"length\"");
  const auto text = json_of(
      fetch(server->port(), "POST", "/api/generate", R"({"model":"m","prompt":"echo:a","stream":false})")
          .body);
  EXPECT_EQ(at(text, "/response"), "\"a\"");
}

TEST(OllamaMock, CallsAToolWithAnObject) {
  const auto server = serve(backend_kind::ollama);
  const auto lines = lines_of(fetch(server->port(), "POST", "/api/chat",
                                    chat("tool", R"(,"tools":[{"type":"function","function":{"name":"f"}}])"))
                                  .body);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(at(json_of(lines[0]), "/message/tool_calls/0/function/arguments"), R"({"city":"Paris"})");
  EXPECT_EQ(at(json_of(lines[1]), "/done_reason"), "\"stop\"");
}

TEST(OllamaMock, FitsAFormat) {
  const auto server = serve(backend_kind::ollama);
  const auto got = json_of(
      fetch(server->port(), "POST", "/api/chat",
            chat("x", R"(,"stream":false,"format":{"type":"object","properties":{"n":{"type":"integer"}}})"))
          .body);
  EXPECT_EQ(at(got, "/message/content"), R"("{\"n\":0}")");
}

TEST(OllamaMock, LoadsAndUnloadsModels) {
  const auto server = serve(backend_kind::ollama);
  const auto loaded = [&] {
    return json_of(fetch(server->port(), "GET", "/api/ps").body).at("models").as_array().size();
  };
  EXPECT_EQ(loaded(), 0u);
  const auto load = json_of(
      fetch(server->port(), "POST", "/api/chat", R"({"model":"m","messages":[],"stream":false})").body);
  EXPECT_EQ(at(load, "/done_reason"), "\"load\"");
  EXPECT_EQ(loaded(), 1u);
  const auto unload = json_of(
      fetch(server->port(), "POST", "/api/generate", R"({"model":"m","keep_alive":0,"stream":false})").body);
  EXPECT_EQ(at(unload, "/done_reason"), "\"unload\"");
  EXPECT_EQ(loaded(), 0u);
}

TEST(OllamaMock, ShowsItsPages) {
  const auto server = serve(backend_kind::ollama);
  EXPECT_EQ(fetch(server->port(), "GET", "/").body, "Ollama is running");
  const auto head = fetch(server->port(), "HEAD", "/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "17");
  EXPECT_NE(fetch(server->port(), "GET", "/api/version").body.find("version"), std::string::npos);
  const auto tags = json_of(fetch(server->port(), "GET", "/api/tags").body);
  EXPECT_EQ(at(tags, "/models/0/name"), "\"m:latest\"");
  const auto show = json_of(fetch(server->port(), "POST", "/api/show", R"({"model":"m"})").body);
  EXPECT_EQ(at(show, "/model_info/llama.context_length"), "32768");
  EXPECT_NE(at(show, "/capabilities").find("tools"), std::string::npos);
  const auto unknown = fetch(server->port(), "GET", "/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, "404 page not found");
  EXPECT_EQ(fetch(server->port(), "GET", "/api/chat").status, 405);
  EXPECT_EQ(fetch(server->port(), "GET", "/readyz").status, 404) << "tells it from servers that imitate it";
}

TEST(OllamaMock, RefusesInItsOwnWords) {
  const auto server = serve(backend_kind::ollama);
  const auto error = [&](std::string_view body) {
    const auto got = fetch(server->port(), "POST", "/api/chat", body);
    return std::to_string(got.status) + " " + std::string(json_of(got.body).at("error").as_string());
  };
  EXPECT_EQ(error(R"({"messages":[]})"), "400 model is required");
  EXPECT_EQ(error(R"({"model":"x","messages":[]})"), "404 model 'x' not found");
  EXPECT_EQ(error(R"({"model":"a b","messages":[]})"), "400 invalid model name");
  EXPECT_EQ(error(R"({"model":"m","messages":[{"role":"user","content":"a"}],"options":{"stop":"x"}})"),
            "500 option \"stop\" must be of type array");
  EXPECT_TRUE(error(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})")
                  .starts_with("400 json: cannot unmarshal array"));
  EXPECT_TRUE(
      error(
          R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]})")
          .starts_with("400 json: cannot unmarshal string"));
  EXPECT_TRUE(
      error(
          R"({"model":"m","messages":[{"role":"user","content":"","images":["data:image/png;base64,AAAA"]}]})")
          .starts_with("400 illegal base64"));
  EXPECT_TRUE(error(R"({"model":"m","messages":[{"role":"user","content":"a"}],"think":"much"})")
                  .starts_with("400 invalid think value"));
  EXPECT_EQ(fetch(server->port(), "POST", "/api/chat").body, R"({"error":"missing request body"})");
}

TEST(OllamaMock, CutsOverlongPromptsUnlessForbidden) {
  mock_options options;
  options.kind = backend_kind::ollama;
  options.models = {"m"};
  options.context = 2;
  const auto server = serve(options);
  const auto cut =
      json_of(fetch(server->port(), "POST", "/api/chat", chat("a b c", R"(,"stream":false)")).body);
  EXPECT_EQ(at(cut, "/prompt_eval_count"), "2");
  const auto refused =
      fetch(server->port(), "POST", "/api/chat", chat("a b c", R"(,"stream":false,"truncate":false)"));
  EXPECT_EQ(refused.status, 400);
  const auto inner = json_of(json_of(refused.body).at("error").as_string());
  EXPECT_EQ(at(inner, "/error/type"), "\"exceed_context_size_error\"");
}

TEST(OllamaMock, GuardsItsHost) {
  const auto server = serve(backend_kind::ollama);
  const auto stranger = fetch(server->port(), "GET", "/api/tags", "", "Host: evil.example\r\n");
  EXPECT_EQ(stranger.status, 403);
  EXPECT_EQ(stranger.body, "");
  for (const auto* host : {"localhost:11434", "127.0.0.1", "[::1]:80", "10.1.2.3:80", "box.local"})
    EXPECT_TRUE(is_local_host(host)) << host;
  for (const auto* host : {"example.com", "8.8.8.8:80", "localhost.evil.example"})
    EXPECT_FALSE(is_local_host(host)) << host;
}

TEST(OllamaMock, EmbedsTextsAndNothingElse) {
  const auto server = serve(backend_kind::ollama);
  const auto got = json_of(
      fetch(server->port(), "POST", "/api/embed", R"({"model":"m","input":["vector:1,-2","b"]})").body);
  EXPECT_EQ(at(got, "/embeddings/0"), "[1,-2]");
  EXPECT_EQ(at(got, "/prompt_eval_count"), "2");
  EXPECT_EQ(fetch(server->port(), "POST", "/api/embed", R"({"model":"m","input":[1,2]})").body,
            R"({"error":"invalid input type"})");
  mock_options options;
  options.kind = backend_kind::ollama;
  options.models = {"nomic-embed-text"};
  const auto embedder = serve(options);
  EXPECT_EQ(fetch(embedder->port(), "POST", "/api/chat",
                  R"({"model":"nomic-embed-text","messages":[{"role":"user","content":"a"}]})")
                .body,
            R"({"error":"\"nomic-embed-text\" does not support chat"})");
}

}  // namespace
}  // namespace edgemesh::mock::test
