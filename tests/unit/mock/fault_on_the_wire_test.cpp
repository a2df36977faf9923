#include "tests/unit/mock/dialect_fixture.hpp"

namespace edgemesh::mock::test {
namespace {

/// Each fault, in each dialect: (kind, path, chat body).
class FaultOnTheWire : public ::testing::TestWithParam<backend_kind> {
 protected:
  void SetUp() override { server_ = serve(GetParam(), 6); }
  bool is_ollama() const { return GetParam() == backend_kind::ollama; }
  std::string path() const { return is_ollama() ? "/api/chat" : "/v1/chat/completions"; }
  answer ask(fault_setting f, bool stream) {
    server_->set_faults({std::move(f)});
    return fetch(server_->port(), "POST", path(),
                 chat("x", stream ? R"(,"stream":true)" : R"(,"stream":false)"));
  }
  answer ask(fault_name name, bool stream) { return ask(fault(name), stream); }
  request_entry last() {
    const auto all = server_->requests();
    return all.empty() ? request_entry() : all.back();
  }
  static std::size_t tokens_in(std::string_view body) {
    std::size_t n = 0;
    for (int k = 0; k < 6; ++k) n += body.find("\"t" + std::to_string(k) + " \"") != std::string_view::npos;
    return n;
  }
  std::unique_ptr<mock_server> server_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, FaultOnTheWire,
                         ::testing::Values(backend_kind::openai, backend_kind::llamacpp, backend_kind::vllm,
                                           backend_kind::ollama, backend_kind::cognis),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(FaultOnTheWire, ErrorStatusesAreInTheDialectsWords) {
  const auto failed = ask(fault_name::error_500, true);
  EXPECT_EQ(failed.status, 500);
  EXPECT_TRUE(json_of(failed.body).as_object().contains("error"));
  EXPECT_EQ(last().state, request_state::faulted);
  EXPECT_EQ(last().fault, "error-500");
  auto busy = fault(fault_name::error_429);
  busy.retry_after = "600";
  const auto limited = ask(busy, false);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.at("retry-after"), "600");
  const auto loading = ask(fault_name::loading, true);
  EXPECT_EQ(loading.status, 503);
  EXPECT_NE(loading.body.find("Loading model"), std::string::npos);
  if (!is_ollama() && GetParam() != backend_kind::openai)
    EXPECT_EQ(fetch(server_->port(), "GET", "/health").status, 503);
}

TEST_P(FaultOnTheWire, DropBeforeFirstSendsNoContent) {
  for (const bool stream : {true, false}) {
    const auto got = ask(fault_name::drop_before_first, stream);
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.was_reset);
    EXPECT_FALSE(got.is_whole);
    EXPECT_EQ(tokens_in(got.body), 0u);
    EXPECT_EQ(last().tokens_sent, 0u);
  }
}

TEST_P(FaultOnTheWire, DropMidStreamResetsAfterHalf) {
  const auto got = ask(fault_name::drop_mid_stream, true);
  EXPECT_TRUE(got.was_reset);
  EXPECT_EQ(tokens_in(got.body), 3u);
  EXPECT_EQ(last().state, request_state::faulted);
  EXPECT_EQ(last().tokens_sent, 3u);
  auto late = fault(fault_name::drop_mid_stream);
  late.after = 99;
  const auto end = ask(late, true);
  EXPECT_EQ(tokens_in(end.body), 6u);
  EXPECT_EQ(end.body.find("[DONE]"), std::string::npos);
  EXPECT_EQ(end.body.find("\"done\":true"), std::string::npos);
  EXPECT_FALSE(ask(fault_name::drop_mid_stream, false).is_whole);
}

TEST_P(FaultOnTheWire, EndMidStreamEndsCleanlyWithoutAFinish) {
  const auto got = ask(fault_name::end_mid_stream, true);
  EXPECT_TRUE(got.is_whole);
  EXPECT_EQ(tokens_in(got.body), 3u);
  EXPECT_EQ(got.body.find("[DONE]"), std::string::npos);
  EXPECT_EQ(got.body.find("\"done\":true"), std::string::npos);
  const auto cut = ask(fault_name::end_mid_stream, false);
  EXPECT_FALSE(cut.is_whole);
  EXPECT_FALSE(cut.was_reset);
}

TEST_P(FaultOnTheWire, StallMidStreamGoesSilentUntilTheClientLeaves) {
  server_->set_faults({fault(fault_name::stall_mid_stream)});
  raw_client client(server_->port());
  client.ask("POST", path(), chat("x", R"(,"stream":true)"));
  ASSERT_TRUE(client.wait_for("t2 "));
  ASSERT_TRUE(eventually([&] { return last().tokens_sent == 3; }));
  EXPECT_EQ(last().state, request_state::running);
  client.close();
  ASSERT_TRUE(eventually([&] { return last().state == request_state::client_left; }));
  EXPECT_GE(*last().left_ms, last().started_ms);
}

TEST_P(FaultOnTheWire, MalformedEventIsNotJsonAndTheStreamGoesOn) {
  const auto got = ask(fault_name::malformed_event, true);
  EXPECT_TRUE(got.is_whole);
  EXPECT_EQ(tokens_in(got.body), 5u) << "the token in the broken event is lost";
  const auto events = is_ollama() ? lines_of(got.body) : sse_events(got.body);
  std::size_t broken = 0;
  for (const auto& event : events) {
    boost::system::error_code ec;
    boost::json::parse(event, ec);
    broken += ec && event != "[DONE]";
  }
  EXPECT_EQ(broken, 1u);
  boost::system::error_code ec;
  boost::json::parse(ask(fault_name::malformed_event, false).body, ec);
  EXPECT_TRUE(ec);
}

TEST_P(FaultOnTheWire, Empty200HoldsNothing) {
  for (const bool stream : {true, false}) {
    const auto got = ask(fault_name::empty_200, stream);
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.is_whole);
    EXPECT_EQ(got.body, "");
  }
}

TEST_P(FaultOnTheWire, ErrorIn200IsTheFirstThingSaid) {
  const auto got = ask(fault_name::error_in_200, true);
  EXPECT_EQ(got.status, 200);
  const auto first = json_of(is_ollama() ? lines_of(got.body).front() : sse_events(got.body).front());
  EXPECT_TRUE(first.as_object().contains("error"));
  EXPECT_EQ(got.body.find("[DONE]") != std::string::npos, GetParam() == backend_kind::vllm);
  const auto whole = ask(fault_name::error_in_200, false);
  EXPECT_EQ(whole.status, 200);
  const auto body = json_of(whole.body).as_object();
  EXPECT_TRUE(body.contains("error") || body.at("object") == "error");
}

TEST_P(FaultOnTheWire, ErrorMidStreamFollowsContent) {
  const auto got = ask(fault_name::error_mid_stream, true);
  EXPECT_EQ(tokens_in(got.body), 3u);
  EXPECT_NE(got.body.find("\"error\""), std::string::npos);
}

TEST_P(FaultOnTheWire, HugeEventHasTwentyMegabytesAndNoEnd) {
  const auto got = ask(fault_name::huge_event, true);
  EXPECT_GT(got.body.size(), 20u << 20);
  EXPECT_EQ(got.body.find('\n', got.body.find("xxxx")), std::string::npos);
}

TEST_P(FaultOnTheWire, HangAnswersNothingAndSeesTheClientLeave) {
  server_->set_faults({fault(fault_name::hang)});
  raw_client client(server_->port());
  client.ask("POST", path(), chat("x"));
  ASSERT_TRUE(eventually([&] { return last().fault == "hang"; }));
  client.half_close();
  ASSERT_TRUE(eventually([&] { return last().state == request_state::client_left; }));
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(FaultOnTheWire, SlowWaitsTenTimesAsLong) {
  server_->set_pace(milliseconds(20), milliseconds(0), 1);
  const auto before = steady_clock::now();
  EXPECT_TRUE(ask(fault_name::slow, true).is_whole);
  EXPECT_GE(steady_clock::now() - before, milliseconds(200));
  EXPECT_EQ(last().state, request_state::done);
}

TEST_P(FaultOnTheWire, RefuseShutsTheListenerAndOpensItAgain) {
  raw_client kept(server_->port());
  kept.ask("POST", path(), chat("x", R"(,"stream":false)"));
  EXPECT_EQ(kept.receive().status, 200);
  server_->set_faults({fault(fault_name::refuse)});
  EXPECT_FALSE(raw_client(server_->port()).is_connected());
  kept.ask("POST", path(), chat("x", R"(,"stream":false)"));
  EXPECT_TRUE(kept.receive().was_reset) << "a dead backend's kept connections are dead too";
  server_->set_faults({});
  EXPECT_TRUE(raw_client(server_->port()).is_connected());
  auto brief = fault(fault_name::refuse);
  brief.lasting = milliseconds(30);
  server_->set_faults({brief});
  EXPECT_TRUE(eventually([&] { return raw_client(server_->port()).is_connected(); }));
}

}  // namespace
}  // namespace edgemesh::mock::test
