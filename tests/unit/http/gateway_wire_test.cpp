// What stands on the client's wire in the corners of HTTP: HEAD, HTTP/1.0, Expect, refused connections.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using GatewayWire = gateway;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_F(GatewayWire, AnErrorThatAnswersHeadHasNoBody) {
  start();
  for (const auto* path : {"/nowhere", "/v1/chat/completions", "/v1/models/none"}) {
    test_client c(port);
    c.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    c.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto& got = c.until(R"({"status":"ok"})");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 40")) << got;
    EXPECT_EQ(got.find("\"error\""), std::string::npos) << path << " gave " << got;
    EXPECT_EQ(count(got, "\r\n\r\nHTTP/1.1 200"), 1u) << got;
  }
}

TEST_F(GatewayWire, AStreamToAnOldClientSaysOnceThatItCloses) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("ok") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("one", up.port());
  start();
  for (const auto* wish : {"", "Connection: keep-alive\r\n"}) {
    test_client c(port);
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";
    c.send("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + wish +
           "\r\n" + body);
    const auto& got = c.until_end();
    EXPECT_TRUE(c.ended());
    EXPECT_EQ(count(got, "connection: "), 1u) << got;
    EXPECT_EQ(count(got, "connection: close\r\n"), 1u) << got;
  }
}

TEST_F(GatewayWire, AnOldClientGetsNoInterimResponse) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  c.send("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(50));
  c.send(body);
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
}

TEST_F(GatewayWire, AConnectionTooManyIsRefusedInWholeSentences) {
  ports.opts->connections_max = 1;
  start();
  test_client first(port);
  first.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  first.until("ok");
  test_client second(port);
  const auto& got = second.until_end();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503 ")) << got;
  EXPECT_NE(got.find("x-request-id: "), std::string::npos) << got;
  EXPECT_NE(got.find("retry-after: 1\r\n"), std::string::npos) << got;
  EXPECT_TRUE(got.ends_with("\"code\":\"too_many_connections\"}}")) << got;
}

}  // namespace
}  // namespace edgemesh::testing
