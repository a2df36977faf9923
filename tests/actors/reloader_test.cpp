#include "actors/reloader.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
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
  boost::asio::io_context io;
  std::filesystem::path file;
  settings::source from;
  std::vector<settings::change> applied;
};

TEST_F(Reloader, AppliesWhatChanged) {
  auto r = make();
  write("backends: [{name: b, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
  const auto change = r.reload();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->changed, std::vector<std::string>{"backends"});
  EXPECT_EQ(applied.size(), 1u);
  EXPECT_EQ(r.current().backends[0].name, "b");
}

TEST_F(Reloader, NothingNewAppliesNothing) {
  auto r = make();
  ASSERT_TRUE(r.reload());
  EXPECT_TRUE(applied.empty());
}

TEST_F(Reloader, AFaultChangesNothing) {
  auto r = make();
  write("backends: [{name: b, kind: openai}]\n");
  const auto change = r.reload();
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().message.find("url"), std::string::npos);
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(r.current().backends[0].name, "a");
}

TEST_F(Reloader, WhatNeedsARestartIsToldAndNotTaken) {
  auto r = make();
  write("threads: 7\nbackends: [{name: a, kind: openai, url: \"http://127.0.0.1:1\"}]\n");
  const auto change = r.reload();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->needs_restart, std::vector<std::string>{"threads"});
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(r.current().threads, 0);
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
