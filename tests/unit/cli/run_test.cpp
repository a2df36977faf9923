// Whole commands, in this process: arguments in, exit code and text out.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "canned_server.hpp"
#include "command_run.hpp"
#include "mock/mock_server.hpp"

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string unused_address() {
  canned_server gone({});
  return gone.address();
}

class Run : public testing::Test {
 protected:
  void SetUp() override { unsetenv("EDGEMESH_ADMIN_KEY"); }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string file(const std::string& content) {
    std::ofstream(path_) << content;
    return path_;
  }
  const std::string path_ = testing::TempDir() + "edgemesh-run-" + std::to_string(getpid());
};

TEST_F(Run, VersionAndHelpAreDone) {
  EXPECT_THAT(run_with({"version"}).out, StartsWith("edgemesh "));
  const auto help = run_with({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto* command : {"serve", "check", "discover", "doctor", "status", "models", "backends", "sessions", "requests", "explain",
                              "chat", "mock", "version", "completions", "peers", "mesh"}) {
    EXPECT_THAT(help.out, HasSubstr(std::string("\n  ") + command + " "));
    EXPECT_EQ(run_with({command, "--help"}).code, 0) << command;
  }
}

TEST_F(Run, WrongUsageIsTwo) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{}, {"nonsense"}, {"status", "--nope"}, {"backends"}, {"backends", "show"},
                                                                 {"explain"}, {"completions", "tcsh"}, {"mock"},
                                                                 {"mock", "--kind", "auto", "--listen", "127.0.0.1:0"},
                                                                 {"mock", "--kind", "vllm", "--listen", "x"},
                                                                 {"mock", "--kind", "vllm", "--listen", "127.0.0.1:0", "--fault", "nope"},
                                                                 {"mock", "--kind", "vllm", "--listen", "127.0.0.1:0", "--ttft", "soon"},
                                                                 {"status", "--admin", "nowhere"}, {"serve", "--api", "x"}}) {
    const auto got = run_with(wrong);
    EXPECT_EQ(got.code, 2) << testing::PrintToString(wrong);
    EXPECT_THAT(got.err, StartsWith("edgemesh: "));
  }
}

TEST_F(Run, AMistypedCommandIsNamed) {
  EXPECT_EQ(run_with({"modles"}).err, "edgemesh: \"modles\" is no command; --help lists them\n");
  EXPECT_EQ(run_with({"backends", "lst", "x"}).err, "edgemesh: \"lst\" is no command; --help lists them\n");
}

TEST_F(Run, CommandsOfLaterVersionsAreKnownByName) {
  for (const auto* name : {"settings"}) {
    const auto got = run_with({name, "list", "--json"});
    EXPECT_EQ(got.code, 2);
    EXPECT_EQ(got.err, std::string("edgemesh: ") + name + ": not in this version\n");
  }
}

TEST_F(Run, CheckPrintsFaultsOrWhatDefaultsMean) {
  const auto bad = run_with({"check", "--config", file("limts: {}\nthreads: x\n")});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.out, HasSubstr(path_ + ":1:1: limts: unknown key; did you mean \"limits\"?\n"));
  EXPECT_THAT(bad.out, HasSubstr("2 faults\n"));
  const auto good = run_with({"check", "--config", file("backends: [{name: a, url: \"http://h.example\"}]")});
  EXPECT_EQ(good.code, 0);
  for (const auto* line : {"auth.mode", "listen.api", "listen.admin", "backends.a.data_class", "backends.a.remote_media", "backends.a.url"})
    EXPECT_THAT(good.out, HasSubstr(line));
  EXPECT_THAT(run_with({"check", "--json", "--config", path_}).out, HasSubstr("\"valid\":true"));
}

TEST_F(Run, DoctorNamesTheFirstThingWrongPerBackend) {
  const auto gone = unused_address();
  mock::mock_options options;
  options.kind = backend_kind::ollama;
  const auto mock = mock::mock_server::start(options);
  ASSERT_TRUE(mock);
  file("discovery: {local: false}\nlisten: {api: 127.0.0.1:0}\ndata_dir: " + testing::TempDir() + "\nbackends:\n  - {name: gone, kind: vllm, url: \"http://" +
       gone + "\"}\n  - {name: lap, kind: ollama, url: \"" + (*mock)->url() + "\"}\n");
  const auto got = run_with({"doctor", "--config", path_});
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.out, HasSubstr("gone  http://" + gone + "  WRONG  nobody listens: "));
  EXPECT_THAT(got.out, HasSubstr("lap  " + (*mock)->url() + "  ready\n  kind ollama"));
  for (const auto* part : {"  clock: ", "  disk: ", "  GET /api/tags  200  ", "backends.lap.data_class: confidential", "backends.gone.remote_media: false"})
    EXPECT_THAT(got.out, HasSubstr(part));
  EXPECT_THAT(run_with({"doctor", "--json", "--config", path_}).out, HasSubstr("\"verdict\":\"ready\""));
  file("discovery: {local: false}\nlisten: {api: 127.0.0.1:0}\ndata_dir: " + testing::TempDir() + "\nbackends: [{kind: ollama, url: \"" + (*mock)->url() + "\"}]");
  EXPECT_EQ(run_with({"doctor", "--config", path_}).code, 0);
}

TEST_F(Run, NoNodeIsThreeAndSaysWhatToDo) {
  const auto address = unused_address();
  for (const auto& command : std::vector<std::vector<std::string>>{{"status"}, {"models"}, {"backends", "list"}, {"backends", "drain", "x"},
                                                                   {"sessions", "cancel", "x"}, {"requests"}, {"explain", "--model", "m"}}) {
    auto arguments = command;
    arguments.insert(arguments.end(), {"--admin", address});
    const auto got = run_with(arguments);
    EXPECT_EQ(got.code, 3) << testing::PrintToString(command);
    EXPECT_THAT(got.err, HasSubstr("no node answers at " + address));
    EXPECT_THAT(got.err, HasSubstr("edgemesh serve"));
    EXPECT_THAT(got.out, IsEmpty());
  }
  EXPECT_EQ(run_with({"chat", "--api", address, "hello"}).code, 3);
}

TEST_F(Run, AdminCommandsAskTheRightQuestions) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> questions = {
      {{"status"}, "GET /admin/v1/status "},
      {{"models"}, "GET /admin/v1/models "},
      {{"backends", "list"}, "GET /admin/v1/backends "},
      {{"backends", "show", "a b"}, "GET /admin/v1/backends/a%20b "},
      {{"backends", "drain", "a"}, "POST /admin/v1/backends/a/drain "},
      {{"backends", "enable", "a"}, "POST /admin/v1/backends/a/enable "},
      {{"backends", "probe", "a"}, "POST /admin/v1/backends/a/probe "},
      {{"sessions", "list"}, "GET /admin/v1/sessions "},
      {{"sessions", "cancel", "7/8"}, "DELETE /admin/v1/sessions/7%2F8 "},
      {{"requests"}, "GET /admin/v1/requests "},
      {{"requests", "req-1"}, "GET /admin/v1/requests/req-1 "},
      {{"explain", "--model", "m"}, "POST /admin/v1/explain "}};
  for (const auto& [command, line] : questions) {
    canned_server node({canned_server::json("{\"data\":[]}")});
    auto arguments = command;
    arguments.insert(arguments.end(), {"--admin", node.address()});
    EXPECT_EQ(run_with(arguments).code, 0) << line;
    EXPECT_THAT(node.requests().at(0), StartsWith(line));
  }
}

TEST_F(Run, JsonIsPrintedAsTheNodeSaidIt) {
  canned_server node({canned_server::json("{\"data\":[], \"x\":1}")});
  EXPECT_EQ(run_with({"backends", "list", "--json", "--admin", node.address()}).out, "{\"data\":[], \"x\":1}\n");
}

TEST_F(Run, RefusalsAreOneAndGiveTheNodesMessageWithoutItsControlCharacters) {
  canned_server node({canned_server::json(R"({"error":{"message":"no backend \u001b[2Jx","type":"t","param":null,"code":null}})", "404 Not Found"),
                      canned_server::json("<html>", "200 OK")});
  const auto refused = run_with({"backends", "show", "x", "--admin", node.address()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err, "edgemesh: no backend [2Jx\n");
  EXPECT_EQ(run_with({"status", "--admin", node.address()}).code, 1);
}

TEST_F(Run, TheKeyComesFromTheFlagOrTheEnvironment) {
  canned_server node({canned_server::json("{}"), canned_server::json("{}"), canned_server::json("{}")});
  run_with({"status", "--admin", node.address()});
  setenv("EDGEMESH_ADMIN_KEY", "from-environment", 1);
  run_with({"status", "--admin", node.address()});
  run_with({"status", "--admin", node.address(), "--key", "from-flag"});
  EXPECT_THAT(node.requests().at(0), Not(HasSubstr("Authorization")));
  EXPECT_THAT(node.requests().at(1), HasSubstr("Authorization: Bearer from-environment\r\n"));
  EXPECT_THAT(node.requests().at(2), HasSubstr("Authorization: Bearer from-flag\r\n"));
}

TEST_F(Run, TheAdminAddressComesFromTheConfiguration) {
  canned_server node({canned_server::json("{}")});
  file("listen: {admin: " + node.address() + "}\ndata_dir: /nonexistent");
  EXPECT_EQ(run_with({"status", "--config", path_}).code, 0);
  EXPECT_THAT(node.requests().at(0), StartsWith("GET /admin/v1/status "));
  EXPECT_EQ(run_with({"status", "--config", file("listen: 3")}).code, 2);
}

TEST_F(Run, ExplainSendsTheFileWithTheModelAndTheClass) {
  canned_server node({canned_server::json(R"({"choice":"a","candidates":[]})")});
  file(R"({"model":"old","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(run_with({"explain", "--model", "new", "--data-class", "internal", path_, "--admin", node.address()}).code, 0);
  const auto asked = node.requests().at(0);
  EXPECT_THAT(asked, HasSubstr("x-edgemesh-data-class: internal\r\n"));
  EXPECT_THAT(asked, HasSubstr(R"({"model":"new","messages":[{"role":"user","content":"hi"}]})"));
  EXPECT_EQ(run_with({"explain", file("not json"), "--admin", node.address()}).code, 2);
  EXPECT_EQ(run_with({"explain", "/nonexistent.json", "--admin", node.address()}).code, 2);
}

TEST_F(Run, ChatStreamsTheAnswer) {
  const std::string stream =
      "data: {\"choices\":[{\"delta\":{\"content\":\"Hello \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"you\"}}]}\n\ndata: [DONE]\n\n";
  canned_server node({canned_server::json(R"({"data":[{"id":"m1"},{"id":"m2"}]})"),
                      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + stream});
  const auto got = run_with({"chat", "--api", node.address(), "say", "hi"});
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.out, "Hello you\n");
  EXPECT_THAT(got.err, HasSubstr("using m1, one of 2 models"));
  EXPECT_THAT(node.requests().at(1), HasSubstr(R"({"model":"m1","stream":true,"messages":[{"role":"user","content":"say hi"}]})"));
}

TEST_F(Run, ChatSaysWhenAnAnswerIsNotWhole) {
  canned_server node({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n",
                      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata: {\"error\":{\"message\":\"backend lost\"}}\n\n"});
  const auto cut = run_with({"chat", "--api", node.address(), "--model", "m", "x"});
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(cut.out, "Hel\n");
  EXPECT_THAT(cut.err, HasSubstr("the stream ended before the answer did"));
  EXPECT_EQ(run_with({"chat", "--api", node.address(), "--model", "m", "x"}).err, "edgemesh: backend lost\n");
}

TEST_F(Run, CompletionsKnowTheCommands) {
  const auto bash = run_with({"completions", "bash"});
  EXPECT_EQ(bash.code, 0);
  EXPECT_THAT(bash.out, HasSubstr("\"backends drain\") words=\"--help --admin --config --key --ca --client-cert --client-key --json\" ;;"));
  EXPECT_THAT(bash.out, HasSubstr("\"keys rotate\")"));
  EXPECT_THAT(bash.out, Not(HasSubstr("settings\"")));
}

}  // namespace
}  // namespace edgemesh::cli
