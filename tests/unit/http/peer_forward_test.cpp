// A request that another node's backend serves: over real TLS between two nodes of this process.
#include "tests/support/peer_fixture.hpp"

namespace edgemesh::testing {
namespace {

using PeerForward = peer_gateway;

TEST_F(PeerForward, AWholeAnswerComesFromThePeersBackend) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  c.send(chat(false, "x-request-id: asked-by-me\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
  const auto got = c.until("total_tokens");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-node: test-node\r\n"), std::string::npos) << got;
  EXPECT_NE(got.find("x-edgemesh-backend: owner/gpu\r\n"), std::string::npos);
  EXPECT_NE(got.find("x-edgemesh-hops: 1\r\n"), std::string::npos);
  EXPECT_NE(got.find("x-edgemesh-attempts: 1\r\n"), std::string::npos);
  EXPECT_EQ(got.find("x-edgemesh-load"), std::string::npos);
  EXPECT_NE(up.requests().at(0).find("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), std::string::npos);
  EXPECT_EQ(up.requests().at(0).find("x-edgemesh"), std::string::npos) << up.requests().at(0);

  const auto entry = records().front(), theirs = owner.records().front();
  EXPECT_EQ(entry.backend, "owner/gpu");
  EXPECT_EQ(entry.peer, "");
  EXPECT_EQ(entry.usage.prompt_tokens, 3);
  EXPECT_EQ(theirs.backend, "gpu");
  EXPECT_EQ(theirs.peer, "test-node");
  EXPECT_EQ(theirs.id, "asked-by-me");
  EXPECT_FALSE(entry.charge_id.empty());
  EXPECT_EQ(theirs.charge_id, entry.charge_id);
}

TEST_F(PeerForward, AStreamPassesWithItsUsageHiddenButCounted) {
  const std::string usage =
      R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})"
      "\n\n";
  scripted_upstream up({{send(sse_head() + chunk(role() + text("hel")) + chunk(text("lo") + stop() + usage + done()) + "0\r\n\r\n")}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  c.send(chat(true));
  const auto got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("\"content\":\"hel\""), std::string::npos) << got;
  EXPECT_NE(got.find("[DONE]"), std::string::npos);
  EXPECT_EQ(got.find("prompt_tokens"), std::string::npos);
  const auto entry = records().front();
  EXPECT_EQ(entry.usage.prompt_tokens, 7);
  EXPECT_EQ(entry.usage.source, usage_source::upstream);
  EXPECT_EQ(owner.records().front().usage.completion_tokens, 2);
}

TEST_F(PeerForward, TheBodyReachesTheOwnerUnchangedAndIsFittedThere) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port(), backend_kind::llamacpp);
  owner.rows.back()->models[0].upstream = "/models/file.gguf";
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"user":"ann","id_slot":3})"));
  EXPECT_TRUE(c.until("total_tokens").starts_with("HTTP/1.1 200"));
  const auto asked = up.requests().at(0);
  EXPECT_NE(asked.find(R"("model":"/models/file.gguf")"), std::string::npos) << asked;
  EXPECT_EQ(asked.find("id_slot"), std::string::npos);
  EXPECT_EQ(asked.find("ann"), std::string::npos);
}

TEST_F(PeerForward, AVirtualModelIsResolvedAtTheEntry) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start([](auto& rows) {
    return std::make_shared<routing::route_table>(1, data_classes{}, rows, std::vector<routing::virtual_model>{{"assistant", {{{}, "m"}}, {}}});
  });
  test_client c(port);
  c.send(post(R"({"model":"assistant","messages":[{"role":"user","content":"hi"}]})"));
  EXPECT_NE(c.until("total_tokens").find(R"("model":"assistant")"), std::string::npos) << c.until("");
  EXPECT_NE(up.requests().at(0).find(R"("model":"m")"), std::string::npos);
}

TEST_F(PeerForward, ConnectionsToAPeerAreKept) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  for (int i = 0; i < 5; ++i) {
    c.clear();
    c.send(chat(false));
    ASSERT_TRUE(c.until("total_tokens").starts_with("HTTP/1.1 200")) << i;
  }
  std::lock_guard lock(owner.ports.mutex);
  EXPECT_EQ(owner.ports.links.size(), 1u);
}

TEST_F(PeerForward, TheOwnersLoadIsStoredWithTheAnswer) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  auto there = owner.add_backend("gpu", up.port());
  there->in_flight = 5;
  there->reported_waiting = 2;
  there->slots = 8;
  auto here = add_remote(owner, "gpu")->cell;
  owner.start();
  start();
  test_client c(port);
  c.send(chat(false));
  c.until("total_tokens");
  for (int i = 0; i < 2000 && here->heard_at == 0; ++i) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(here->slots, 8);
  // What is in flight there, without what this node has in flight itself, and the queue.
  EXPECT_GE(here->heard_in_flight, 6);
  EXPECT_LE(here->heard_in_flight, 8);
  EXPECT_NE(here->heard_at, 0);
  there->in_flight = 0;
}

TEST_F(PeerForward, AnErrorOfTheBackendReachesTheClientAsIfItWereTheEntrysOwn) {
  scripted_upstream up({{send(json_response(R"({"error":{"message":"temperature is too hot","type":"invalid_request_error","param":"temperature","code":null}})", 400))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  c.send(chat(false));
  const auto got = c.until("too hot");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400")) << got;
  EXPECT_NE(got.find(R"("param":"temperature")"), std::string::npos) << got;
  EXPECT_EQ(got.find("x-edgemesh-cause"), std::string::npos);
}

TEST_F(PeerForward, ABrokenBackendBehindAPeerFailsOverAndIsNotJudgedHere) {
  scripted_upstream broken({{send(json_response("boom", 500))}}), good({{send(json_response(whole))}});
  peer_node owner("owner"), other("other");
  owner.add_backend("gpu", broken.port());
  other.add_backend("gpu", good.port());
  auto row = add_remote(owner, "gpu", 1);
  add_remote(other, "gpu", 50);
  owner.start();
  other.start();
  start();
  test_client c(port);
  c.send(chat(false));
  const auto got = c.until("total_tokens");
  EXPECT_NE(got.find("x-edgemesh-backend: other/gpu"), std::string::npos) << got;
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::server_error);
  EXPECT_EQ(records().front().attempts.at(0).backend, "owner/gpu");
  EXPECT_EQ(row->paths[0].cell->losses, 0);
  EXPECT_TRUE(ports.outcomes.empty());  // its owner has judged it
  ASSERT_EQ(owner.ports.outcomes.size(), 1u);
  EXPECT_EQ(owner.ports.outcomes.at(0).cause, attempt_cause::server_error);
}

TEST_F(PeerForward, ASlowReaderHoldsUpTheOwnersBackendToo) {
  std::string flood;
  for (int i = 0; i < 64; ++i) flood += chunk(text(std::string(64 * 1024, 'x')));
  std::vector<step> script{send(sse_head() + chunk(role()))};
  for (int i = 0; i < 16; ++i) script.push_back(send(flood));  // 64 MiB
  script.push_back(hold());
  scripted_upstream up({script});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_remote(owner, "gpu");
  owner.start();
  start();
  test_client c(port);
  c.send(chat(true));
  c.until("xxx");
  // While nobody reads, the stream comes to stand still once the system's buffers on the way are full.
  const auto sent = [&] { return owner.ask([&] { return owner.ports.links.at(0)->view.bytes_out; }); };
  auto before = sent() - 1;
  for (int i = 0; i < 40 && before != sent(); ++i) {
    before = sent();
    std::this_thread::sleep_for(milliseconds(250));
  }
  EXPECT_EQ(sent(), before);
  EXPECT_LT(before, 48u << 20);
  c.close();
  EXPECT_TRUE(up.wait_left(seconds(2)));
}

}  // namespace
}  // namespace edgemesh::testing
