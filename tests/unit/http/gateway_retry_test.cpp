// What is tried again, what is not, and what is said about it.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using GatewayRetry = gateway;

TEST_F(GatewayRetry, ARequestThatMayHaveEffectsIsSentOnce) {
  // The first answer leaves a pooled connection, which the backend closes with the next request on its way.
  scripted_upstream up({{send(json_response(whole))}, {close()}, {send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  c.until("hello");
  c.clear();
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"store":true})"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 502")) << c.until("");
  EXPECT_EQ(up.requests().size(), 2u);
}

TEST_F(GatewayRetry, AnAnswerThatComesBeforeTheRequestWasReadCounts) {
  hasty_upstream up(json_response(R"({"error":{"message":"too large","type":"x"}})", 413));
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":")" + std::string(16u << 20, 'x') + "\"}]}"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 413")) << c.until("");
  std::lock_guard lock(ports.mutex);
  EXPECT_TRUE(ports.outcomes.empty()) << "a refusal is no lost connection";
}

TEST_F(GatewayRetry, PingsAreNotHeldContent) {
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += ": ping\n\n";
  scripted_upstream dies({{send(sse_head() + chunk(role()) + chunk(pings)), pause(milliseconds(50)), reset()}});
  scripted_upstream lives({{send(sse_head() + chunk(role() + text("ok") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("dies", dies.port(), 0);
  add_backend("lives", lives.port(), 1);
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("x-edgemesh-backend: lives"), std::string::npos) << got;
  EXPECT_EQ(got.find("error"), std::string::npos);
}

TEST_F(GatewayRetry, TooManyHeldEventsCountAsContent) {
  std::string roles;
  for (int i = 0; i < 100; ++i) roles += role();
  scripted_upstream up({{send(sse_head() + chunk(roles)), hold()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  EXPECT_NE(c.until("assistant").find("x-edgemesh-backend: one"), std::string::npos);
}

TEST_F(GatewayRetry, TheTrialOfAHalfOpenBreakerLastsUntilItsOutcomeIsKnown) {
  const auto cell = add_backend("dead", 0);
  cell->breaker = breaker_state::half_open;
  start();
  test_client c(port);
  c.send(chat(false));
  c.until("}}");
  EXPECT_TRUE(cell->trial_taken) << "another request could try before the breaker has heard of this one";
}

TEST_F(GatewayRetry, ATrialWhoseClientLeftMakesRoomForTheNext) {
  scripted_upstream up({{hold()}});
  const auto cell = add_backend("one", up.port());
  cell->breaker = breaker_state::half_open;
  start();
  test_client c(port);
  c.send(chat(false));
  while (up.requests().empty()) std::this_thread::yield();
  EXPECT_TRUE(cell->trial_taken);
  c.close();
  EXPECT_EQ(records().size(), 1u);
  EXPECT_FALSE(cell->trial_taken);
}

TEST_F(GatewayRetry, Case76ClientsDoNotRepeatWorkThatWasDone) {
  ports.opts->timeouts.total = milliseconds(200);
  scripted_upstream up({{hold()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 504")) << got;
  EXPECT_NE(got.find("x-should-retry: false\r\n"), std::string::npos) << got;
}

TEST_F(GatewayRetry, Case76ClientsMayRepeatWhatNobodyBegan) {
  add_backend("dead", 0);
  start();
  test_client c(port);
  c.send(chat(false));
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 502")) << got;
  EXPECT_EQ(got.find("x-should-retry"), std::string::npos) << got;
}

TEST_F(GatewayRetry, Case76ClientsDoNotRepeatEffects) {
  scripted_upstream up({{close()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"store":true})"));
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 502")) << got;
  EXPECT_NE(got.find("x-should-retry: false\r\n"), std::string::npos) << got;
}

TEST_F(GatewayRetry, WordsOfABackendStayOutOfTheRecord) {
  scripted_upstream up({{send(json_response(R"({"error":{"message":"no","type":"t","param":"p","code":"my secret prompt"}})", 400))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  EXPECT_NE(c.until("}}").find("my secret prompt"), std::string::npos) << "the client itself is told";
  const auto r = records();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].error_code, "upstream_code");
}

}  // namespace
}  // namespace edgemesh::testing
