// limits.memory counts what requests, answers and streams hold.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using GatewayMemory = gateway;

bool eventually(const auto& holds) {
  for (int i = 0; i < 3000 && !holds(); ++i) std::this_thread::sleep_for(milliseconds(1));
  return holds();
}

TEST_F(GatewayMemory, AnAnswerAboveTheLimitIsRefusedWithoutAnotherAttempt) {
  ports.budget.set_limit(1u << 20);
  scripted_upstream up({{send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n" + std::string(4000000, ' ')), hold()}});
  scripted_upstream other({{send(json_response(whole))}});
  add_backend("one", up.port(), 0);
  add_backend("other", other.port(), 1);
  start();
  test_client c(port);
  c.send(chat(false));
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("memory_exhausted"), std::string::npos);
  EXPECT_NE(got.find("retry-after: 1"), std::string::npos);
  EXPECT_EQ(other.connections(), 0);
  EXPECT_TRUE(eventually([&] { return ports.budget.used() == 0; }));
  std::lock_guard lock(ports.mutex);
  EXPECT_TRUE(ports.outcomes.empty()) << "our limit is no fault of the backend";
}

TEST_F(GatewayMemory, AnEventInProgressCounts) {
  scripted_upstream up({{send(sse_head() + chunk("data: {\"choices\":" + std::string(600000, ' '))), hold()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  EXPECT_TRUE(eventually([&] { return ports.budget.used() >= 600000; })) << ports.budget.used();
  c.close();
  EXPECT_TRUE(eventually([&] { return ports.budget.used() == 0; })) << ports.budget.used();
}

TEST_F(GatewayMemory, AnEventAboveTheLimitEndsTheStreamHonestly) {
  ports.budget.set_limit(1u << 20);
  scripted_upstream up({{send(sse_head() + chunk(role() + text("he")) + chunk("data: {\"choices\":" + std::string(3000000, ' '))), hold()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until_end();
  EXPECT_NE(got.find("he"), std::string::npos);
  EXPECT_NE(got.find("memory_exhausted"), std::string::npos) << got;
  EXPECT_EQ(got.find("[DONE]"), std::string::npos);
}

TEST_F(GatewayMemory, TheCopyOfTheRequestForTheBackendCounts) {
  ports.budget.set_limit(1u << 20);
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":")" + std::string(700000, 'x') + "\"}]}"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 503")) << c.until("");
  EXPECT_EQ(up.connections(), 0);
}

TEST_F(GatewayMemory, AnIdleConnectionKeepsNoLargeBuffer) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
  tcp::socket other(loop);
  other.connect(acceptor.local_endpoint());
  auto stream = std::make_shared<http::client_stream>(acceptor.accept());
  const std::string large(32u << 20, 'x');
  ASSERT_FALSE(stream->write_now(large));
  std::thread reader([&] {
    boost::system::error_code ec;
    std::string sink(1u << 20, ' ');
    for (std::size_t n = 0; n < large.size() && !ec;) n += other.read_some(asio::buffer(sink), ec);
  });
  asio::co_spawn(loop, stream->flush(), [](std::exception_ptr, bool written) { EXPECT_TRUE(written); });
  loop.run();
  reader.join();
  EXPECT_LT(stream->buffer_bytes(), 64u << 10);
  stream->close();
}

}  // namespace
}  // namespace edgemesh::testing
