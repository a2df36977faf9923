#include "settings/load.hpp"

#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

using Load = settings_fixture;

TEST_F(Load, NoFileGivesUsefulDefaults) {
  const auto loaded = load({});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->listen.api.to_string(), "127.0.0.1:8780");
  EXPECT_EQ(loaded->listen.admin.to_string(), "127.0.0.1:8781");
  EXPECT_FALSE(loaded->listen.metrics);
  EXPECT_TRUE(loaded->discovery_local);
  EXPECT_TRUE(loaded->backends.empty());
  EXPECT_FALSE(loaded->node.name.empty());
  EXPECT_EQ(loaded->limits.memory.of(400), 100u);
}

TEST_F(Load, AnEmptyFileIsTheDefaults) {
  EXPECT_EQ(good("").limits.body, 64'000'000u);
  EXPECT_EQ(good("# nothing\n").drain_timeout, seconds(30));
}

TEST_F(Load, EveryScalarReachesItsPlace) {
  const auto s = good(R"(
node: {name: fra-1, site: fra, public_url: "https://llm.fra.example"}
listen: {api: "[::1]:9000", admin: localhost:9001, metrics: 127.0.0.1:9002}
discovery: {local: false}
data_classes: [low, high]
threads: 3
limits: {body: 1MiB, memory: 512MB, head: 16KiB, headers: 50, connections: 7, json_depth: 12}
timeouts: {connect: 1s, first_event: 2m, idle: 30s, total: 1h, head: 500ms, keep_alive: 5s}
commit: {patience: 250ms}
drain_timeout: 0s
cors: {origins: ["https://chat.example"]}
log: {level: debug, format: json}
auth: {mode: none, allow_open: true}
)");
  EXPECT_EQ(s.node, (node_identity{"fra-1", "fra", "https://llm.fra.example"}));
  EXPECT_EQ(s.listen, (listen_settings{{"::1", 9000}, {"localhost", 9001}, host_port{"127.0.0.1", 9002}}));
  EXPECT_FALSE(s.discovery_local);
  EXPECT_THAT(s.data_classes.names, ElementsAre("low", "high"));
  EXPECT_EQ(s.threads, 3);
  EXPECT_EQ(s.limits, (limit_settings{1u << 20, {512'000'000, 0}, 16u << 10, 50, 7, 12}));
  EXPECT_EQ(s.timeouts.first_event, seconds(120));
  EXPECT_EQ(s.timeouts.keep_alive, seconds(5));
  EXPECT_EQ(s.timeouts.head, milliseconds(500));
  EXPECT_EQ(s.commit_patience, milliseconds(250));
  EXPECT_EQ(s.drain_timeout, seconds(0));
  EXPECT_THAT(s.cors_origins, ElementsAre("https://chat.example"));
  EXPECT_EQ(s.log, (log_settings{log::level::debug, log::format::json}));
  EXPECT_TRUE(s.auth.allow_open);
}

TEST_F(Load, MetricsMayBeOff) { EXPECT_FALSE(good("listen: {metrics: off}").listen.metrics); }

TEST_F(Load, RelativePathsStartAtTheFile) {
  EXPECT_EQ(good("data_dir: ./state").data_dir, folder_ / "./state");
  EXPECT_EQ(good("data_dir: /var/lib/edgemesh").data_dir, "/var/lib/edgemesh");
}

TEST_F(Load, TheCommandLineWinsOverTheFile) {
  flags_ = {"127.0.0.1:1", "127.0.0.1:2", "/tmp/d", "cli", "here", {"ollama=http://127.0.0.1:11434"}};
  const auto s = good("node: {name: file, site: file}\nlisten: {api: 127.0.0.1:8, admin: 127.0.0.1:9}\ndata_dir: x");
  EXPECT_EQ(s.listen.api.port, 1);
  EXPECT_EQ(s.listen.admin.port, 2);
  EXPECT_EQ(s.data_dir, "/tmp/d");
  EXPECT_EQ(s.node.name, "cli");
  EXPECT_EQ(s.node.site, "here");
  ASSERT_EQ(s.backends.size(), 1u);
  EXPECT_EQ(s.backends[0].name, "ollama-11434");
}

TEST_F(Load, BadCommandLineValuesAreNamedByTheirFlag) {
  flags_.api = "nonsense";
  flags_.name = "Not A Name";
  flags_.backends = {"what=http://127.0.0.1:1", "http://127.0.0.1:2", "openai=ftp://x"};
  const auto faults = faults_of("");
  ASSERT_EQ(faults.size(), 5u);
  for (const auto& f : faults) EXPECT_TRUE(f.file.empty() && f.line == 0) << f.to_string();
  EXPECT_THAT(faults[0].to_string(), HasSubstr("--api: expected an address"));
  EXPECT_THAT(faults[1].to_string(), HasSubstr("--backend: expected"));
  EXPECT_THAT(faults[4].to_string(), HasSubstr("--name: expected a name"));
}

TEST_F(Load, AMissingFileSaysWhich) {
  source s;
  s.config_file = folder_ / "absent.yaml";
  const auto loaded = load(s);
  ASSERT_TRUE(loaded.has_error());
  EXPECT_THAT(loaded.error().message, HasSubstr("absent.yaml: No such file"));
}

TEST_F(Load, AllFaultsOfAFileAreReportedInItsOrder) {
  const auto faults = faults_of("limts: {}\nthreads: many\nlisten:\n  api: 8780\n");
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].line, 1);
  EXPECT_EQ(faults[1].line, 2);
  EXPECT_EQ(faults[2].line, 4);
  EXPECT_EQ(faults[2].column, 8);
  EXPECT_THAT(faults[2].file, EndsWith("edgemesh.yaml"));
}

TEST_F(Load, AllFaultsStandInTheErrorOfALoad) {
  const auto loaded = load(from("limts: {}\nthreads: many\n"));
  ASSERT_TRUE(loaded.has_error());
  EXPECT_THAT(loaded.error().message, HasSubstr("edgemesh.yaml:1:1: limts: unknown key; did you mean \"limits\"?\n"));
  EXPECT_THAT(loaded.error().message, HasSubstr("edgemesh.yaml:2:10: threads: expected auto or a whole number from 1 to 256"));
}

TEST_F(Load, ANodeNameIsMadeFromTheHostName) {
  EXPECT_EQ(node_name_from("Lab_PC.example.com"), "lab-pc");
  EXPECT_EQ(node_name_from("--"), "node");
  EXPECT_EQ(node_name_from(""), "node");
  EXPECT_EQ(node_name_from(std::string(80, 'a')), std::string(63, 'a'));
}

TEST_F(Load, VirtualModelsAreRoutes) {
  const auto s = good(R"(
models:
  - name: assistant
    data_class: internal
    continue: off
    routes:
      - {when: {prompt_tokens_max: 800, tools: false, images: false, hours: "22:00-06:00", data_class: internal}, use: small}
      - {use: big}
)");
  ASSERT_EQ(s.models.size(), 1u);
  const auto& m = s.models[0];
  EXPECT_EQ(m.name, "assistant");
  EXPECT_EQ(m.data_class, 1);
  ASSERT_EQ(m.routes.size(), 2u);
  EXPECT_EQ(m.routes[0].use, "small");
  EXPECT_EQ(m.routes[0].when.prompt_tokens_max, 800);
  EXPECT_EQ(m.routes[0].when.tools, false);
  EXPECT_EQ(m.routes[0].when.data_class, 1);
  EXPECT_EQ(m.routes[0].when.minutes_of_day, std::pair(22 * 60, 6 * 60));
  EXPECT_FALSE(m.routes[0].when.stream);
  EXPECT_EQ(m.routes[1].use, "big");
}

}  // namespace
}  // namespace edgemesh::settings
