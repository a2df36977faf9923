// What silence of a backend means with and without streaming.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

using GatewaySilence = gateway;

TEST_F(GatewaySilence, AHungWholeAnswerMovesOnWhereAnotherBackendCouldTakeOver) {
  ports.opts->timeouts.first_event = milliseconds(200);
  scripted_upstream silent({{hold()}});
  scripted_upstream lives({{send(json_response(whole))}});
  add_backend("silent", silent.port(), 0);
  add_backend("lives", lives.port(), 1);
  start();
  test_client c(port);
  c.send(chat(false));
  EXPECT_NE(c.until("hello").find("x-edgemesh-backend: lives"), std::string::npos) << c.until("");
  EXPECT_EQ(records().front().attempts[0].cause, attempt_cause::first_event_timeout);
}

TEST_F(GatewaySilence, AWholeAnswerMayTakeItsTimeWhereNobodyElseCouldGiveIt) {
  ports.opts->timeouts.first_event = milliseconds(150);
  scripted_upstream slow({{pause(milliseconds(700)), send(json_response(whole))}});
  add_backend("slow", slow.port());
  start();
  test_client c(port);
  c.send(chat(false));
  EXPECT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
}

TEST_F(GatewaySilence, AWholeAnswerThatHasBegunDoesNotPause) {
  ports.opts->timeouts.idle = milliseconds(200);
  scripted_upstream stalls({{send(json_response(whole).substr(0, 120)), hold()}});
  scripted_upstream lives({{send(json_response(whole))}});
  add_backend("stalls", stalls.port(), 0);
  add_backend("lives", lives.port(), 1);
  start();
  test_client c(port);
  c.send(chat(false));
  EXPECT_NE(c.until("hello").find("x-edgemesh-backend: lives"), std::string::npos) << c.until("");
  EXPECT_EQ(records().front().attempts[0].cause, attempt_cause::idle_timeout);
}

TEST_F(GatewaySilence, ABackendsOwnTotalTimeEndsAnAttempt) {
  ports.opts->timeouts.total = milliseconds(300);
  scripted_upstream hangs({{hold()}});
  add_backend("hangs", hangs.port());
  ports.opts->timeouts.total = milliseconds(60000);
  start();
  test_client c(port);
  c.send(chat(false));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 504")) << c.until("");
}

}  // namespace
}  // namespace edgemesh::testing
