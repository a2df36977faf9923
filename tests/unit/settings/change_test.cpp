#include "settings/change.hpp"

#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Change = settings_fixture;

TEST_F(Change, TheSameFileChangesNothing) {
  const std::string yaml = "backends: [{kind: cognis, url: \"http://10.0.0.7\", api_key: a}]\nmodels: [{name: a, routes: [{use: b, when: {tools: true}}]}]";
  EXPECT_TRUE(difference(good(yaml), good(yaml)).empty());
}

TEST_F(Change, SomePartsNeedARestart) {
  const auto now = good("node: {name: a}"), next = good("node: {name: b}\nlisten: {api: 127.0.0.1:1}\ndata_dir: /x\nthreads: 2\nlog: {level: warn}");
  const auto c = difference(now, next);
  EXPECT_THAT(c.needs_restart, ElementsAre("node", "listen", "data_dir", "threads"));
  EXPECT_THAT(c.changed, ElementsAre("log"));
  const auto applied = applicable(now, next);
  EXPECT_EQ(applied.node.name, "a");
  EXPECT_EQ(applied.listen.api.port, 8780);
  EXPECT_EQ(applied.threads, 0);
  EXPECT_EQ(applied.data_dir, now.data_dir);
  EXPECT_EQ(applied.log.level, log::level::warn);
}

TEST_F(Change, WhatPeersKnowOfANodeNeedsARestart) {
  EXPECT_THAT(difference(good(""), good("node: {advertise: none}")).needs_restart, ElementsAre("node"));
  EXPECT_THAT(difference(good("node: {advertise: \"a:1\"}"), good("node: {advertise: \"a:2\"}")).needs_restart, ElementsAre("node"));
  EXPECT_THAT(difference(good(""), good("listen: {mesh: 127.0.0.1:1, peer: 127.0.0.1:1}")).needs_restart, ElementsAre("listen"));
}

TEST_F(Change, WhetherTheNodeIsInAMeshIsDecidedAtItsStart) {
  auto now = good("");
  now.in_mesh = true;
  now.join_token = secret("token");
  const auto applied = applicable(now, good("log: {level: warn}"));
  EXPECT_TRUE(applied.in_mesh);
  EXPECT_EQ(applied.join_token, now.join_token);
  EXPECT_FALSE(applicable(good(""), now).in_mesh);
}

TEST_F(Change, InAMeshOtherDataClassesNeedARestart) {
  auto now = good("");
  now.in_mesh = true;
  const auto next = good("data_classes: [low, high]\nmodels: [{name: a, data_class: high, routes: [{use: b}]}]\nlog: {level: warn}");
  const auto c = difference(now, next);
  EXPECT_THAT(c.needs_restart, ElementsAre("data_classes", "models"));
  EXPECT_THAT(c.changed, ElementsAre("log"));
  const auto applied = applicable(now, next);
  EXPECT_EQ(applied.data_classes, now.data_classes);
  EXPECT_TRUE(applied.models.empty());
  EXPECT_EQ(applied.log.level, log::level::warn);
  const auto models_alone = good("models: [{name: a, routes: [{use: b}]}]");
  EXPECT_THAT(difference(now, models_alone).changed, ElementsAre("models"));
  EXPECT_EQ(applicable(now, models_alone).models.size(), 1u);
}

TEST_F(Change, ABackendsPlaceInTheMeshIsPartOfIt) {
  const auto with = [](const std::string& keys) { return "backends: [{name: a, url: \"http://127.0.0.1:1\"" + keys + "}]"; };
  EXPECT_THAT(difference(good(with("")), good(with(", offer: site"))).backends_changed, ElementsAre("a"));
  EXPECT_THAT(difference(good(with("")), good(with(", id: x"))).backends_changed, ElementsAre("a"));
}

TEST_F(Change, BackendsAreComparedByName) {
  const auto c = difference(good(R"(backends:
  - {name: a, url: "http://127.0.0.1:1"}
  - {name: b, url: "http://127.0.0.1:2", api_key: old}
  - {name: c, url: "http://127.0.0.1:3"})"),
                            good(R"(backends:
  - {name: c, url: "http://127.0.0.1:3"}
  - {name: b, url: "http://127.0.0.1:2", api_key: new}
  - {name: f, kind: cognis, url: "http://10.0.0.7"})"));
  EXPECT_THAT(c.changed, ElementsAre("backends"));
  EXPECT_THAT(c.backends_removed, ElementsAre("a"));
  EXPECT_THAT(c.backends_changed, ElementsAre("b"));
  EXPECT_THAT(c.backends_added, ElementsAre("f-8771", "f-8772", "f-8773", "f-8774", "f-8775"));
}

TEST_F(Change, EachTopLevelPartIsNoticed) {
  const std::pair<const char*, const char*> parts[] = {
      {"discovery", "discovery: {local: false}"}, {"data_classes", "data_classes: [a]"},
      {"models", "models: [{name: a, routes: [{use: b}]}]"}, {"auth", "auth: {allow_open: true}"},
      {"limits", "limits: {memory: 10%}"}, {"timeouts", "timeouts: {idle: 9s}"}, {"commit", "commit: {patience: 9s}"},
      {"drain_timeout", "drain_timeout: 9s"}, {"cors", "cors: {origins: [\"*\"]}"}, {"log", "log: {format: json}"}};
  for (const auto& [key, yaml] : parts) {
    const auto c = difference(good(""), good(yaml));
    EXPECT_THAT(c.changed, ElementsAre(key));
    EXPECT_THAT(c.needs_restart, IsEmpty());
  }
}

}  // namespace
}  // namespace edgemesh::settings
