// Clients and backends that are slow, or gone at an awkward moment.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using GatewayPace = gateway;

std::string chat_of(std::size_t bytes) { return R"({"model":"m","messages":[{"role":"user","content":")" + std::string(bytes, 'x') + "\"}]}"; }

std::string answer_of(std::size_t bytes) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":")" +
         std::string(bytes, 'y') + R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})";
}

TEST_F(GatewayPace, ABodyThatDripsIsCutAfterTheTotalTime) {
  ports.opts->timeouts.idle = milliseconds(300);
  ports.opts->timeouts.total = milliseconds(500);
  start();
  test_client c(port);
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
  const auto began = steady_clock::now();
  std::thread dripping([&] {
    for (int i = 0; i < 40; ++i) {
      c.send("x");
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 408")) << c.until("");
  EXPECT_LT(steady_clock::now() - began, milliseconds(1500)) << "it went on until the client fell silent";
  dripping.join();
}

TEST_F(GatewayPace, AReaderThatIsSlowButSteadyGetsItsWholeAnswer) {
  ports.opts->timeouts.idle = milliseconds(400);
  constexpr std::size_t size = 24u << 20;
  scripted_upstream up({{send(json_response(answer_of(size)))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  std::size_t reads = 0;
  while (c.until("").size() < size && c.read_some(16384))
    if (++reads % 32 == 0) std::this_thread::sleep_for(milliseconds(25));
  EXPECT_GE(c.until("").size(), size);
}

TEST_F(GatewayPace, AReaderThatTakesNothingIsCut) {
  ports.opts->timeouts.idle = milliseconds(300);
  scripted_upstream up({{send(json_response(answer_of(32u << 20)))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  const auto r = records();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].status, 499);
}

TEST_F(GatewayPace, TheTotalTimeHoldsWhileTheClientReadsNothing) {
  ports.opts->timeouts.total = milliseconds(500);
  std::vector<step> script{send(sse_head() + chunk(role()))};
  for (int i = 0; i < 1000; ++i) script.push_back(send(chunk(text(std::string(60000, 'x')))));
  script.push_back(hold());
  scripted_upstream up({script});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  c.until("xxxx");
  EXPECT_TRUE(up.wait_left(milliseconds(2000)));
}

TEST_F(GatewayPace, AClientThatLeavesWhileItsBodyIsParsedReachesNoBackend) {
  ports.opts->parse_on_shard_bytes_max = 1000;
  ports.opts->body_bytes_max = 64u << 20;
  scripted_upstream up({{hold()}});
  add_backend("one", up.port());
  start();
  {
    test_client c(port);
    c.send(post(chat_of(48u << 20)));
  }
  const auto r = records();
  ASSERT_EQ(r.size(), 1u) << "the request goes on without its client";
  EXPECT_EQ(r[0].status, 499);
}

}  // namespace
}  // namespace edgemesh::testing
