// The HTTP core end to end over loopback: real sockets, scripted upstreams, faked ports.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using Gateway = gateway;

TEST_F(Gateway, AnswersAWholeRequestWithItsHeaders) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false, "x-request-id: abc-1\r\n"));
  const auto& got = c.until("hello");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n")) << got;
  EXPECT_NE(got.find("x-request-id: abc-1\r\n"), std::string::npos);
  EXPECT_NE(got.find("x-edgemesh-node: test-node\r\n"), std::string::npos);
  EXPECT_NE(got.find("x-edgemesh-backend: one\r\n"), std::string::npos);
  EXPECT_NE(got.find("x-edgemesh-attempts: 1\r\n"), std::string::npos);
  const auto r = records();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].status, 200);
  EXPECT_EQ(r[0].usage.completion_tokens, 1);
  EXPECT_EQ(r[0].attempts.size(), 1u);
}

TEST_F(Gateway, PassesAStreamByteForByte) {
  const auto events = role() + text("he") + text("llo") + stop();
  scripted_upstream up({{send(sse_head() + chunk(events) + chunk(done()) + "0\r\n\r\n")}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("content-type: text/event-stream"), std::string::npos) << got;
  EXPECT_NE(got.find(role()), std::string::npos) << got;
  EXPECT_NE(got.find(text("he") + text("llo")), std::string::npos) << got;
  EXPECT_NE(got.find(done()), std::string::npos);
}

TEST_F(Gateway, KeepsConnectionsOnBothSides) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  for (int i = 0; i < 5; ++i) {
    c.clear();
    c.send(chat(false));
    EXPECT_NE(c.until("hello").find("200 OK"), std::string::npos);
  }
  EXPECT_EQ(up.connections(), 1);
}

TEST_F(Gateway, AnswersPipelinedRequestsInOrder) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false, "x-request-id: first\r\n") + chat(false, "x-request-id: second\r\n"));
  const auto& got = c.until("second");
  EXPECT_LT(got.find("x-request-id: first"), got.find("x-request-id: second"));
}

TEST_F(Gateway, Case80FailsOverToAnotherBackendWhenTheFirstRefuses) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("dead", 0, 0);
  add_backend("alive", up.port(), 1);
  start();
  test_client c(port);
  c.send(chat(false));
  const auto& got = c.until("hello");
  EXPECT_NE(got.find("x-edgemesh-attempts: 2"), std::string::npos) << got;
  EXPECT_NE(got.find("x-edgemesh-backend: alive"), std::string::npos);
  ASSERT_EQ(records().front().attempts.size(), 2u);
  EXPECT_EQ(records().front().attempts[0].cause, attempt_cause::refused);
}

TEST_F(Gateway, FailsOverUntilTheFirstContent) {
  scripted_upstream dies({{send(sse_head() + chunk(role())), pause(milliseconds(20)), reset()}});
  scripted_upstream lives({{send(sse_head() + chunk(role() + text("ok") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("dies", dies.port(), 0);
  add_backend("lives", lives.port(), 1);
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("x-edgemesh-backend: lives"), std::string::npos) << got;
  EXPECT_NE(got.find("ok"), std::string::npos);
  EXPECT_EQ(got.find("error"), std::string::npos);
  EXPECT_EQ(got.find("\"role\""), got.rfind("\"role\""));
}

TEST_F(Gateway, Case01EndsHonestlyAfterContent) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("he"))), pause(milliseconds(20)), reset()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until_end();
  EXPECT_NE(got.find("he"), std::string::npos);
  EXPECT_NE(got.find("upstream_disconnected"), std::string::npos) << got;
  EXPECT_EQ(got.find("[DONE]"), std::string::npos);
  EXPECT_TRUE(c.ended());
  EXPECT_EQ(records().front().error_code, "upstream_disconnected");
  EXPECT_EQ(records().front().usage.source, usage_source::estimated);
}

TEST_F(Gateway, Case07AnErrorAsFirstEventIsARealStatus) {
  scripted_upstream up({{send(sse_head() + chunk("data: {\"error\":{\"message\":\"bad\",\"type\":\"BadRequestError\",\"code\":400}}\n\n" + done()) + "0\r\n\r\n")}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
}

TEST_F(Gateway, Case68ReplaysOnAFreshConnectionWhenAPooledOneHadBeenClosed) {
  // Answers once, then closes as soon as the next request is on its way.
  scripted_upstream up({{send(json_response(whole))}, {close()}, {send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(false));
  c.until("hello");
  c.clear();
  c.send(chat(false));
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
  EXPECT_EQ(up.connections(), 2);
  EXPECT_EQ(records().front().attempts.size(), 1u);
}

TEST_F(Gateway, Case27ClosesTheUpstreamWhenTheClientLeaves) {
  for (const bool stream : {true, false}) {
    for (const bool begun : {false, true}) {
      std::vector<step> script;
      if (begun) script.push_back(send(stream ? sse_head() + chunk(role() + text("he")) : "HTTP/1.1 200 OK\r\n"));
      script.push_back(hold());
      scripted_upstream up({script});
      rows.clear();
      const auto cell = add_backend("one", up.port());
      start();
      test_client c(port);
      c.send(chat(stream));
      while (up.requests().empty()) std::this_thread::yield();
      if (begun && stream) c.until("he");
      EXPECT_EQ(cell->in_flight, 1);
      c.close();
      EXPECT_TRUE(up.wait_left(milliseconds(100))) << "stream " << stream << " begun " << begun;
      const auto r = records();
      ASSERT_EQ(r.size(), 1u);
      EXPECT_EQ(r[0].status, 499);
      EXPECT_EQ(r[0].attempts.back().cause, attempt_cause::cancelled);
      EXPECT_EQ(cell->in_flight, 0);
      EXPECT_TRUE(ports.outcomes.empty()) << "a client's leaving is no sample";
      TearDown();
      io.restart();
      ports.records.clear();
      ports.links.clear();
    }
  }
}

TEST_F(Gateway, AHalfClosedClientHasLeft) {
  scripted_upstream up({{hold()}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  while (up.requests().empty()) std::this_thread::yield();
  c.half_close();
  EXPECT_TRUE(up.wait_left(milliseconds(100)));
}

TEST_F(Gateway, BadInputKeepsTheConnection) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(post("{\"model\":"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 400")) << c.until("");
  c.clear();
  c.send("GET /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 405"));
  EXPECT_NE(c.until("").find("allow: POST"), std::string::npos);
  c.clear();
  c.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 404"));
  c.clear();
  c.send(post(R"({"model":"mm","messages":[{"role":"user","content":"x"}]})"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 404"));
  EXPECT_EQ(ports.misses, 1);
  c.clear();
  c.send(chat(false));
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200"));
}

TEST_F(Gateway, Case41RefusesATooLargeBodyBeforeItIsRead) {
  ports.opts->body_bytes_max = 1000;
  start();
  test_client c(port);
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 413")) << c.until("");
}

TEST_F(Gateway, RefusesBodiesAboveTheMemoryLimit) {
  ports.budget.set_limit(100);
  start();
  test_client c(port);
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n");
  const auto& got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("retry-after: 1"), std::string::npos);
  EXPECT_EQ(ports.budget.used(), 0u);
}

TEST_F(Gateway, ReadsChunkedBodies) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (char ch : body) c.send(chunk(std::string(1, ch)));
  c.send("0\r\n\r\n");
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
  EXPECT_NE(up.requests().front().find(body), std::string::npos);
}

TEST_F(Gateway, Case79AnswersExpectContinueAndRefusesEncodedBodies) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_TRUE(c.until("\r\n\r\n").starts_with("HTTP/1.1 100 Continue"));
  c.clear();
  c.send(body);
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200"));
  c.clear();
  c.send(post("xx", "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 415"));
}

TEST_F(Gateway, RefusesBrowserPages) {
  start();
  for (const auto* head : {"Host: evil.example\r\n", "Host: localhost\r\nOrigin: https://evil.example\r\n"}) {
    test_client c(port);
    c.send("GET /v1/models HTTP/1.1\r\n" + std::string(head) + "\r\n");
    EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 403")) << c.until("");
  }
}

TEST_F(Gateway, LetsConfiguredOriginsIn) {
  ports.opts->guard = admission::page_guard({{}, {"https://ui.example"}, false});
  start();
  test_client c(port);
  c.send("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: https://ui.example\r\nAccess-Control-Request-Method: POST\r\n"
         "Access-Control-Request-Headers: authorization,x-stainless-lang\r\n\r\n");
  const auto& got = c.until("\r\n\r\n");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 204")) << got;
  EXPECT_NE(got.find("access-control-allow-origin: https://ui.example"), std::string::npos);
  EXPECT_NE(got.find("access-control-allow-headers: authorization,x-stainless-lang"), std::string::npos);
}

TEST_F(Gateway, ASlowHeadTimesOut) {
  ports.opts->timeouts.head = milliseconds(150);
  start();
  test_client c(port);
  c.send("GET /v1/mod");
  const auto& got = c.until_end();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 408")) << got;
  EXPECT_TRUE(c.ended());
}

TEST_F(Gateway, Case25ASilentStreamGetsItsHeadAndComments) {
  ports.opts->commit_patience = milliseconds(150);
  ports.opts->comment_interval = milliseconds(150);
  scripted_upstream up({{pause(milliseconds(900)), send(sse_head() + chunk(role() + text("late") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until("0\r\n\r\n");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_EQ(got.find("x-edgemesh-backend: one\r\n"), std::string::npos);
  EXPECT_LT(got.find(": ka\n\n"), got.find("late"));
  EXPECT_NE(got.find(": edgemesh backend=one attempts=1"), std::string::npos);
}

TEST_F(Gateway, AFailureAfterAnEarlyHeadIsAnEvent) {
  ports.opts->commit_patience = milliseconds(100);
  scripted_upstream up({{pause(milliseconds(500)), send(json_response(R"({"error":"boom"})", 500))}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  const auto& got = c.until_end();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("data: {\"error\""), std::string::npos) << got;
  EXPECT_EQ(got.find("[DONE]"), std::string::npos);
}

TEST_F(Gateway, FirstEventTimeoutMovesOn) {
  ports.opts->timeouts.first_event = milliseconds(200);
  scripted_upstream silent({{hold()}});
  scripted_upstream lives({{send(sse_head() + chunk(role() + text("ok") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("silent", silent.port(), 0);
  add_backend("lives", lives.port(), 1);
  start();
  test_client c(port);
  c.send(chat(true));
  EXPECT_NE(c.until("0\r\n\r\n").find("x-edgemesh-backend: lives"), std::string::npos) << c.until("");
  EXPECT_EQ(records().front().attempts[0].cause, attempt_cause::first_event_timeout);
}

TEST_F(Gateway, Case28ASlowReaderPausesTheUpstream) {
  // 64 MB of events against a client that reads nothing: the gateway must not take them all in.
  std::string big = chunk(text(std::string(60000, 'x')));
  std::vector<step> script{send(sse_head() + chunk(role()))};
  for (int i = 0; i < 1000; ++i) script.push_back(send(big));
  script.push_back(hold());
  scripted_upstream up({script});
  add_backend("one", up.port());
  start();
  test_client c(port);
  c.send(chat(true));
  c.until("xxxx");
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_FALSE(up.wait_left(milliseconds(1)));
  c.close();
}

TEST_F(Gateway, RefusesARequestThatPassedThisNode) {
  start();
  test_client c(port);
  c.send(chat(false, "x-edgemesh-hops: aaaa, 00112233aabbccdd\r\n"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 508")) << c.until("");
}

TEST_F(Gateway, LooksAgainOnAModelMiss) {
  scripted_upstream up({{send(json_response(whole))}});
  start();
  ports.on_miss = [&] {
    add_backend("found", up.port());
    ports.table = std::make_shared<routing::route_table>(2, data_classes{}, rows, std::vector<routing::virtual_model>{});
  };
  test_client c(port);
  c.send(chat(false));
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
}

TEST_F(Gateway, Http10StreamsUntilTheConnectionCloses) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("ok") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("one", up.port());
  start();
  test_client c(port);
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";
  c.send("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto& got = c.until_end();
  EXPECT_TRUE(c.ended());
  EXPECT_EQ(got.find("transfer-encoding"), std::string::npos);
  EXPECT_TRUE(got.ends_with(done())) << got;
}

TEST_F(Gateway, UpstreamGarbageIsNotPassedOn) {
  for (const std::string& bad : {std::string("hello there\r\n\r\n"), json_response(""), json_response("<html>"),
                                std::string("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")}) {
    scripted_upstream up({{send(bad), close()}});
    rows.clear();
    add_backend("one", up.port());
    start();
    test_client c(port);
    c.send(chat(false));
    const auto& got = c.until("}}");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 502")) << bad << " gave " << got;
    EXPECT_EQ(got.find("<html"), std::string::npos);
    c.close();
    TearDown();
    io.restart();
    ports.links.clear();
  }
}

}  // namespace
}  // namespace edgemesh::testing
