// What is on record of a request of a key, and when: before its last bytes leave, whatever became of it.
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {
namespace {

constexpr std::string_view bearer = "Authorization: Bearer sk-test\r\n";

class GatewayAccounts : public gateway {
 protected:
  GatewayAccounts() {
    auto key = std::make_shared<admission::key_entry>();
    key->id = "k";
    ports.ring = std::make_shared<const admission::key_ring>(
        std::unordered_map<admission::token_hash, admission::ring_token>{{admission::hash_token("sk-test"), {std::move(key), 0}}});
  }
  std::vector<usage_record> usage() {
    std::lock_guard lock(ports.mutex);
    return ports.usage;
  }
  std::string asked_once(const scripted_upstream& up) {
    add_backend("up", up.port());
    start();
    test_client c(port);
    c.send(chat(false, bearer));
    return c.until("}}");
  }
  /// Waits for the end of a request that nobody reads.
  usage_record last_usage() {
    (void)records();
    const auto all = usage();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? usage_record() : all.front();
  }
};

TEST_F(GatewayAccounts, AnAnswerIsOnRecordWhenTheClientHasIt) {
  scripted_upstream up({{send(json_response(whole))}, {send(json_response(whole))}});
  add_backend("up", up.port());
  start();
  test_client c(port);
  for (std::size_t n = 1; n <= 2; ++n) {
    c.clear();
    c.send(chat(false, bearer));
    ASSERT_TRUE(c.until("hello").starts_with("HTTP/1.1 200")) << c.until("");
    ASSERT_EQ(usage().size(), n);
  }
  const auto r = usage().front();
  EXPECT_EQ(r.key, "k");
  EXPECT_EQ(r.status, 200);
  ASSERT_EQ(r.attempts.size(), 1u);
  EXPECT_EQ(r.attempts[0].usage.prompt_tokens, 3);
  EXPECT_TRUE(r.attempts[0].is_charged);
  EXPECT_NE(r.charge_id, usage().back().charge_id);
}

TEST_F(GatewayAccounts, AKeyThatIsRevokedBetweenTwoRequestsOfAConnectionOpensNothing) {
  scripted_upstream up({{send(json_response(whole))}});
  add_backend("up", up.port());
  start();
  test_client c(port);
  c.send(chat(false, bearer));
  ASSERT_TRUE(c.until("hello").starts_with("HTTP/1.1 200"));
  std::promise<void> told;
  asio::post(io, [&] {
    ports.ring = std::make_shared<const admission::key_ring>();
    told.set_value();
  });
  told.get_future().wait();
  c.clear();
  c.send(chat(false, bearer));
  const auto got = c.until("}}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 401")) << got;
  EXPECT_EQ(usage().size(), 1u);
}

TEST_F(GatewayAccounts, AStreamIsOnRecordBeforeItsEndIsSent) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("he"))), pause(milliseconds(50)), send(chunk(text("llo") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("up", up.port());
  start();
  test_client c(port);
  c.send(chat(true, bearer));
  c.until("\"he\"");
  EXPECT_TRUE(usage().empty()) << "it has not ended";
  c.until("[DONE]");
  EXPECT_EQ(usage().size(), 1u);
}

TEST_F(GatewayAccounts, AnAnswerThatCannotBePutOnRecordIsNotGiven) {
  ports.has_room = false;
  scripted_upstream up({{send(json_response(whole))}});
  const auto got = asked_once(up);
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("usage_not_recorded"), std::string::npos);
  EXPECT_EQ(got.find("hello"), std::string::npos);
}

TEST_F(GatewayAccounts, AStreamThatCannotBePutOnRecordEndsWithAnErrorAndWithoutDone) {
  ports.has_room = false;
  scripted_upstream up({{send(sse_head() + chunk(role() + text("he"))), pause(milliseconds(50)), send(chunk(text("llo") + stop() + done()) + "0\r\n\r\n")}});
  add_backend("up", up.port());
  start();
  test_client c(port);
  c.send(chat(true, bearer));
  const auto got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("\"he\""), std::string::npos);
  EXPECT_NE(got.find("usage_not_recorded"), std::string::npos) << got;
  EXPECT_EQ(got.find("[DONE]"), std::string::npos);
}

TEST_F(GatewayAccounts, WhileNothingCanBeKeptRequestsAreRefusedBeforeAnyBackendIsAsked) {
  ports.has_accounts = false;
  scripted_upstream up({{send(json_response(whole))}});
  const auto got = asked_once(up);
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("retry-after: 5"), std::string::npos) << got;
  EXPECT_TRUE(up.requests().empty());
  EXPECT_TRUE(usage().empty());
}

TEST_F(GatewayAccounts, WhoLeavesIsChargedWhatWasProduced) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("some words that were produced"))), hold()}});
  add_backend("up", up.port());
  start();
  {
    test_client c(port);
    c.send(chat(true, bearer));
    c.until("produced");
  }
  const auto r = last_usage();
  EXPECT_EQ(r.status, 499);
  ASSERT_EQ(r.attempts.size(), 1u);
  EXPECT_TRUE(r.attempts[0].is_charged);
  EXPECT_EQ(r.attempts[0].usage.source, usage_source::estimated);
  EXPECT_GT(r.attempts[0].usage.completion_tokens, 0);
}

TEST_F(GatewayAccounts, ARequestThatFailsIsOnRecordOnceAndChargedToNobody) {
  add_backend("refuses", 0);
  start();
  test_client c(port);
  c.send(chat(false, bearer));
  c.until("}}");
  const auto r = last_usage();
  EXPECT_EQ(r.status, 502);
  for (const auto& a : r.attempts) EXPECT_FALSE(a.is_charged);
}

}  // namespace
}  // namespace edgemesh::testing
