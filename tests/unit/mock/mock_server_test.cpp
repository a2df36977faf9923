#include "mock/mock_server.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/mock/dialect_fixture.hpp"

namespace edgemesh::mock::test {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

TEST(MockServer, RefusesAnAddressInUse) {
  const auto first = serve(backend_kind::openai);
  mock_options options;
  options.listen.port = first->port();
  const auto second = mock_server::start(options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("cannot listen on 127.0.0.1:"), std::string::npos);
}

TEST(MockServer, WritesDownWhatItWasAsked) {
  const auto server = serve(backend_kind::openai);
  fetch(server->port(), "POST", std::string(path) + "?a=1", chat("x", R"(,"stream":true)"),
        "X-Thing: Some Value\r\n");
  fetch(server->port(), "GET", "/v1/models");
  const auto all = server->requests();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, 1u);
  EXPECT_EQ(all[0].path, "/v1/chat/completions?a=1");
  EXPECT_EQ(all[0].model, "m");
  EXPECT_TRUE(all[0].stream);
  EXPECT_EQ(all[0].state, request_state::done);
  EXPECT_EQ(all[0].tokens_sent, 3u);
  EXPECT_EQ(all[0].body, chat("x", R"(,"stream":true)"));
  EXPECT_EQ(all[0].headers[1], (std::pair<std::string, std::string>("x-thing", "Some Value")));
  EXPECT_EQ(all[1].method, "GET");
  server->clear_requests();
  EXPECT_TRUE(server->requests().empty());
}

TEST(MockServer, ShowsAndForgetsRequestsOverHttp) {
  const auto server = serve(backend_kind::openai);
  fetch(server->port(), "POST", path, chat("x"), "X-Thing: v\r\n");
  const auto list = json_of(fetch(server->port(), "GET", "/mock/requests").body);
  EXPECT_EQ(at(list, "/data/0/state"), "\"done\"");
  EXPECT_EQ(at(list, "/data/0/headers/x-thing"), "\"v\"");
  EXPECT_EQ(at(list, "/data/0/left_ms"), "null");
  EXPECT_EQ(at(list, "/data/1"), "absent") << "asking the mock itself is not written down";
  EXPECT_EQ(fetch(server->port(), "DELETE", "/mock/requests").status, 200);
  EXPECT_EQ(fetch(server->port(), "GET", "/mock/requests").body, R"({"data":[]})");
}

TEST(MockServer, KeepsTheLastThousandAndTheFirst64KibOfABody) {
  const auto server = serve(backend_kind::openai);
  raw_client client(server->port());
  for (int i = 0; i < 1001; ++i) {
    client.ask("GET", "/v1/models");
    client.receive();
  }
  client.ask("POST", path, chat(std::string(70'000, 'x')));
  client.receive();
  const auto all = server->requests();
  ASSERT_EQ(all.size(), 1000u);
  EXPECT_EQ(all.front().id, 3u);
  EXPECT_EQ(all.back().body.size(), 65536u);
}

TEST(MockServer, ChangesFaultsAndPaceWhileItRuns) {
  const auto server = serve(backend_kind::openai);
  const auto put = [&](std::string_view body) { return fetch(server->port(), "PUT", "/mock/faults", body); };
  const auto changed = put(
      R"({"faults":[{"name":"error-500","probability":1,"count":1,"status":502}],"tokens":1,"ttft_ms":1,"itl_ms":2})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(
      fetch(server->port(), "GET", "/mock/faults").body,
      R"({"faults":[{"name":"error-500","probability":1E0,"count":1,"status":502}],"ttft_ms":1,"itl_ms":2,"tokens":1})");
  EXPECT_EQ(fetch(server->port(), "POST", path, chat("x")).status, 502);
  const auto after = fetch(server->port(), "POST", path, chat("x"));
  EXPECT_EQ(after.status, 200) << "the count has run out";
  EXPECT_NE(after.body.find("\"t0 \""), std::string::npos);
  EXPECT_EQ(server->faults().size(), 0u);
  for (const auto* bad :
       {"", "[]", R"({"faults":3})", R"({"faults":[{"name":"x"}]})",
        R"({"faults":[{"name":"hang","probability":2}]})", R"({"ttft_ms":-1})", R"({"tokens":"many"})"})
    EXPECT_EQ(put(bad).status, 400) << bad;
}

TEST(MockServer, StaysReachableOnItsControlPortWhileRefusing) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.control = host_port{"127.0.0.1", 0};
  options.faults = {fault(fault_name::refuse)};
  const auto server = serve(options);
  ASSERT_NE(server->control_port(), 0);
  EXPECT_FALSE(raw_client(server->port()).is_connected());
  EXPECT_EQ(fetch(server->control_port(), "GET", "/v1/models").status, 404);
  EXPECT_EQ(fetch(server->control_port(), "PUT", "/mock/faults", R"({"faults":[]})").status, 200);
  EXPECT_TRUE(raw_client(server->port()).is_connected());
}

TEST(MockServer, SeesAClientLeaveBeforeTheFirstToken) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.ttft = seconds(100);
  const auto server = serve(options);
  raw_client client(server->port());
  client.ask("POST", path, R"({"model":"mock-model","messages":[{"role":"user","content":"x"}]})");
  ASSERT_TRUE(eventually([&] { return server->requests().size() == 1; }));
  const double left =
      std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
  client.reset();
  ASSERT_TRUE(eventually([&] { return server->requests()[0].left_ms.has_value(); }));
  EXPECT_NEAR(*server->requests()[0].left_ms, left, 1000);
  EXPECT_EQ(server->requests()[0].tokens_sent, 0u);
}

TEST(MockServer, SeesAClientLeaveMidStreamAndSendsNoMore) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.models = {"m"};
  options.itl = milliseconds(1);
  options.tokens = 1'000'000;
  const auto server = serve(options);
  raw_client client(server->port());
  client.ask("POST", path, chat("x", R"(,"stream":true)"));
  ASSERT_TRUE(client.wait_for("t5 "));
  client.close();
  ASSERT_TRUE(eventually([&] { return server->requests()[0].state == request_state::client_left; }));
  const auto sent = server->requests()[0].tokens_sent;
  EXPECT_GE(sent, 5u);
  EXPECT_LT(sent, 10'000u);
}

TEST(MockServer, WaitsForASlowReader) {
  const auto server = serve(backend_kind::openai, 1'000'000);
  raw_client client(server->port());
  client.ask("POST", path, chat("x", R"(,"stream":true)"));
  ASSERT_TRUE(client.wait_for("t0 "));
  std::uint64_t before = 1, now = 0;
  ASSERT_TRUE(eventually([&] {
    before = now;
    now = server->requests()[0].tokens_sent;
    return now > 0 && now == before;
  }));
  EXPECT_LT(now, 1'000'000u) << "what the client does not read is not made";
}

TEST(MockServer, KeepsThePace) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.models = {"m"};
  options.tokens = 5;
  options.ttft = milliseconds(50);
  options.itl = milliseconds(10);
  const auto server = serve(options);
  for (const auto* more : {R"(,"stream":true)", ""}) {
    const auto before = steady_clock::now();
    const auto got = fetch(server->port(), "POST", path, chat("x", more));
    EXPECT_GE(steady_clock::now() - before, milliseconds(90));
    EXPECT_TRUE(got.is_whole);
    EXPECT_EQ(got.chunks.size(), *more ? 7u : 0u) << "role, five tokens, finish with the end mark";
  }
}

TEST(MockServer, AnswersPipelinedRequestsInOrder) {
  const auto server = serve(backend_kind::openai);
  raw_client client(server->port());
  std::string both;
  for (const auto* word : {"first", "second", "third"}) {
    const auto body = chat(std::string("echo:") + word);
    both +=
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
  }
  client.send(both);
  for (const auto* word : {"first", "second", "third"})
    EXPECT_NE(client.receive().body.find(word), std::string::npos);
}

TEST(MockServer, ReadsARequestThatComesByteByByteAndChunked) {
  const auto server = serve(backend_kind::openai);
  raw_client client(server->port());
  const auto body = chat("echo:slowly");
  char size[16];
  std::snprintf(size, sizeof size, "%zx", body.size());
  for (const char c : "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          std::string(size) + "\r\n" + body + "\r\n0\r\n\r\n")
    client.send(std::string_view(&c, 1));
  EXPECT_NE(client.receive().body.find("slowly"), std::string::npos);
}

TEST(MockServer, SaysContinueWhenAsked) {
  const auto server = serve(backend_kind::openai);
  raw_client client(server->port());
  const auto body = chat("echo:now");
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.receive(false).status, 100);
  client.send(body);
  EXPECT_NE(client.receive().body.find("now"), std::string::npos);
}

TEST(MockServer, EndsAnOldClientsStreamWithTheConnection) {
  const auto server = serve(backend_kind::openai);
  raw_client client(server->port());
  const auto body = chat("x", R"(,"stream":true)");
  client.send("POST /v1/chat/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  const auto got = client.receive();
  EXPECT_TRUE(got.is_whole);
  EXPECT_EQ(streamed_text(got.body), "t0 t1 t2 ");
}

TEST(MockServer, RefusesWhatIsNotHttpAndBodiesOverItsLimit) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.body_max = 100;
  const auto server = serve(options);
  raw_client garbage(server->port());
  garbage.send("hello\r\n\r\n");
  EXPECT_EQ(garbage.receive().status, 400);
  EXPECT_EQ(fetch(server->port(), "POST", path, std::string(101, 'x')).status, 413);
}

TEST(MockServer, ClosesIdleConnections) {
  mock_options options;
  options.kind = backend_kind::openai;
  options.keep_alive = milliseconds(40);
  const auto server = serve(options);
  raw_client client(server->port());
  client.ask("GET", "/v1/models");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(MockServer, RunAnnouncesItsAddressAndEndsOnSigterm) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::fflush(nullptr);  // else the child says once more what this process has not written yet
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    mock_options options;
    options.kind = backend_kind::ollama;
    ::_exit(run(options));
  }
  ::close(ends[1]);
  // Whatever fails below, no child is left behind.
  const std::shared_ptr<void> ended(nullptr, [child](void*) { ::kill(child, SIGKILL); });
  std::string line;
  char c = 0;
  while (::read(ends[0], &c, 1) == 1 && c != '\n') line += c;
  constexpr std::string_view promise = "mock ollama listening on 127.0.0.1:";
  ASSERT_TRUE(line.starts_with(promise)) << line;
  const int port = std::atoi(line.c_str() + promise.size());
  EXPECT_EQ(fetch(static_cast<std::uint16_t>(port), "GET", "/").body, "Ollama is running");
  ::kill(child, SIGTERM);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ::close(ends[0]);
}

TEST(MockServer, EndsWithRequestsInFlight) {
  mock_options options;
  options.kind = backend_kind::llamacpp;
  options.slots = 1;
  options.ttft = seconds(100);
  std::unique_ptr<raw_client> clients[2];
  {
    const auto server = serve(options);
    for (auto& client : clients) {
      client = std::make_unique<raw_client>(server->port());
      client->ask("POST", path, chat("x"));
    }
    ASSERT_TRUE(eventually([&] { return server->requests().size() == 2; }));
  }
  for (const auto& client : clients) EXPECT_TRUE(client->is_closed_by_peer());
}

}  // namespace
}  // namespace edgemesh::mock::test
