#include "actors/reloader.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fstream>

#include "actors/backend_specs.hpp"
#include "base/log.hpp"

namespace edgemesh::actors {
namespace {

class Reloader : public ::testing::Test {
 protected:
  Reloader() {
    log::configure(log::level::off, log::format::text);
    static int number = 0;
    file = std::filesystem::temp_directory_path() / ("edgemesh-reloader-" + std::to_string(::getpid()) + "-" + std::to_string(++number) + ".yaml");
    write("backends: [{name: a, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
    from.config_file = file;
    from.env = [](const std::string&) { return std::nullopt; };
  }
  ~Reloader() override { std::filesystem::remove(file); }
  void write(const std::string& text) { std::ofstream(file) << text; }
  reloader make() {
    return reloader(io, *settings::load(from), from, [this](const auto&, const auto& c) { applied.push_back(c); });
  }
  result<settings::change> reload(reloader& r) {
    std::optional<result<settings::change>> out;
    r.reload([&](const auto& change) { out = change; });
    io.restart();
    while (!out && io.run_one() > 0) {
    }
    return out ? *out : error{"no answer"};
  }
  boost::asio::io_context io;
  std::filesystem::path file;
  settings::source from;
  std::vector<settings::change> applied;
};

TEST_F(Reloader, AppliesWhatChanged) {
  auto r = make();
  write("backends: [{name: b, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
  const auto change = reload(r);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->changed, std::vector<std::string>{"backends"});
  EXPECT_EQ(applied.size(), 1u);
  EXPECT_EQ(r.current().backends[0].name, "b");
}

TEST_F(Reloader, NothingNewAppliesNothing) {
  auto r = make();
  ASSERT_TRUE(reload(r));
  EXPECT_TRUE(applied.empty());
}

TEST_F(Reloader, AFaultChangesNothing) {
  auto r = make();
  write("backends: [{name: b, kind: openai}]\n");
  const auto change = reload(r);
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().message.find("url"), std::string::npos);
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(r.current().backends[0].name, "a");
}

TEST_F(Reloader, WhatNeedsARestartIsToldAndNotTaken) {
  auto r = make();
  write("threads: 7\nbackends: [{name: a, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
  const auto change = reload(r);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->needs_restart, std::vector<std::string>{"threads"});
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(r.current().threads, 0);
}

TEST_F(Reloader, WhoAsksDuringAReadingIsAnsweredByTheNextOne) {
  const auto named = [](const std::string& name) { return "backends: [{name: " + name + ", kind: openai, url: \"http://127.0.0.1:1\", api_key: \"${K}\"}]\n"; };
  std::atomic<int> readings = 0;
  from.env = [&](const std::string&) {  // asked for when the file has been read
    if (++readings == 2) write(named("b"));
    return std::optional<std::string>("k");
  };
  write(named("a"));
  auto r = make();
  std::vector<std::string> answers;
  for (const char* who : {"first", "second", "third"})
    r.reload([&answers, who](const auto& c) { answers.push_back(std::string(who) + (c && !c->changed.empty() ? " changed" : " same")); });
  while (answers.size() < 3) io.run_one();
  EXPECT_EQ(answers, (std::vector<std::string>{"first same", "second changed", "third changed"}));
  EXPECT_EQ(readings, 3) << "at start, and two";
}

TEST_F(Reloader, TheLoopIsFreeWhileAProgramPrintsAKey) {
  from.commands = settings::key_commands::run;
  const auto gate = file.string() + ".gate";
  auto r = make();
  // The program ends once the loop has made the file that it waits for: a loop that waits for the program would wait for ever.
  write("backends: [{name: a, kind: openai, url: \"http://127.0.0.1:1\", api_key_command: [sh, -c, 'until test -e " + gate + "; do sleep 0.01; done; echo k-1']}]\n");
  bool is_done = false;
  r.reload([&](const auto& change) { is_done = bool(change); });
  boost::asio::post(io, [&] { std::ofstream(gate) << "go"; });
  while (!is_done && io.run_one() > 0) {
  }
  std::filesystem::remove(gate);
  EXPECT_EQ(r.current().backends[0].api_key.reveal(), "k-1");
}

TEST_F(Reloader, StoppingEndsAProgramThatHangs) {
  from.commands = settings::key_commands::run;
  auto r = make();
  write("backends: [{name: a, kind: openai, url: \"http://127.0.0.1:1\", api_key_command: [sleep, '1000']}]\n");
  r.reload([](const auto&) { FAIL() << "nobody is told any more"; });
  r.stop();
  io.run();
  EXPECT_TRUE(r.current().backends[0].api_key.empty());
}

TEST_F(Reloader, NoticesAChangedFile) {
  auto r = make();
  r.watch();
  write("backends: [{name: changed, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
  while (applied.empty()) io.run_one();
  EXPECT_EQ(r.current().backends[0].name, "changed");
}

TEST(BackendSpecs, DiscoveredBackendsMaySeeEverything) {
  settings::node_settings node;
  const auto c = backends_of(node);
  EXPECT_TRUE(c.discovered.is_discovered);
  EXPECT_EQ(c.discovered.data_class_name, "confidential");
}

TEST(BackendSpecs, ACognisHostIsOneBackendPerSlot) {
  settings::node_settings node;
  settings::backend_settings fleet;
  fleet.name = "fleet";
  fleet.kind = backend_kind::cognis;
  fleet.url = *parse_backend_url("http://10.0.0.7");
  fleet.all_slots = true;
  node.backends = {fleet};
  const auto c = backends_of(node);
  ASSERT_EQ(c.backends.size(), 5u);
  EXPECT_EQ(c.backends[0].settings.url.authority.port, 8771);
  EXPECT_EQ(c.backends[4].settings.url.authority.port, 8775);
}

TEST(BackendSpecs, AHostNameMaySeeTheLowestClassOnly) {
  settings::node_settings node;
  settings::backend_settings named;
  named.name = "b";
  named.url = *parse_backend_url("http://llm.test");
  node.backends = {named};
  EXPECT_EQ(backends_of(node).backends[0].data_class_name, "public");
}

}  // namespace
}  // namespace edgemesh::actors
