#include "settings/key_check.hpp"

#include <gmock/gmock.h>

#include "settings/key_table.hpp"
#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using KeyCheck = settings_fixture;

TEST_F(KeyCheck, UnknownKeysNameTheNearest) {
  EXPECT_EQ(only_fault("drain_timout: 3s"), "1:1: drain_timout: unknown key; did you mean \"drain_timeout\"?");
  EXPECT_EQ(only_fault("limits:\n  bodi: 1MB"), "2:3: limits.bodi: unknown key; did you mean \"body\"?");
}

TEST_F(KeyCheck, UnknownKeysInTheWrongPlaceNameTheRightOne) {
  EXPECT_EQ(only_fault("keep_alive: 3s"), "1:1: keep_alive: unknown key here; it belongs to \"timeouts.keep_alive\"");
}

TEST_F(KeyCheck, OtherUnknownKeysListWhatIsKnown) {
  EXPECT_EQ(only_fault("log: {colour: true}"), "1:7: log.colour: unknown key; known here: level, format");
}

TEST_F(KeyCheck, KeysOfLaterVersionsAreRefusedByName) {
  for (const auto& row : key_table()) {
    if (row.kind != value_kind::later) continue;
    std::string path(row.path), yaml;
    if (path.starts_with("backends[]."))
      yaml = "backends:\n  - url: http://127.0.0.1:1\n    " + path.substr(11) + ": {}";
    else if (const auto dot = path.find('.'); dot != std::string::npos)
      yaml = path.substr(0, dot) + ": {" + path.substr(dot + 1) + ": {}}";
    else
      yaml = path + ": {}";
    EXPECT_THAT(only_fault(yaml), HasSubstr(": not in this version")) << yaml;
  }
}

TEST_F(KeyCheck, ValuesOfLaterVersionsAreRefusedByName) {
  EXPECT_THAT(only_fault("routing: {optimize: cost}"), HasSubstr("routing.optimize: \"cost\" is not in this version"));
  EXPECT_THAT(only_fault("models: [{name: a, continue: exact, routes: [{use: b}]}]"),
              HasSubstr("models[0].continue: \"exact\" is not in this version"));
}

TEST_F(KeyCheck, WrongTypesSayWhatWasExpectedAndFound) {
  EXPECT_EQ(only_fault("limits: []"), "1:9: limits: expected a map of keys, found a list");
  EXPECT_EQ(only_fault("backends: {}"), "1:11: backends: expected a list, found a map");
  EXPECT_EQ(only_fault("drain_timeout: [1s]"),
            "1:16: drain_timeout: expected a duration such as 30s, from 0s to 1d, found a list");
  EXPECT_EQ(only_fault("limits:\nthreads: 1"),
            "1:1: limits: expected a map of keys, found nothing; leave the key out for its default");
  EXPECT_EQ(only_fault("- a\n- b"), "1:1: : expected a map of keys at the top, such as \"listen:\" or \"backends:\"");
}

TEST_F(KeyCheck, ImpossibleValuesSayTheRange) {
  EXPECT_THAT(only_fault("timeouts: {connect: 0s}"), HasSubstr("from 1ms to 5m, found \"0s\""));
  EXPECT_THAT(only_fault("timeouts: {connect: 2}"), HasSubstr("expected a duration such as 30s"));
  EXPECT_THAT(only_fault("limits: {memory: 95%}"), HasSubstr("from 1% to 90%"));
  EXPECT_THAT(only_fault("limits: {body: -1MB}"), HasSubstr("limits.body: expected a size such as 64MB"));
  EXPECT_THAT(only_fault("limits: {headers: 5000}"), HasSubstr("from 8 to 1000, found \"5000\""));
  EXPECT_THAT(only_fault("data_classes: []"), HasSubstr("expected from 1 to 16 entries, found 0"));
  EXPECT_THAT(only_fault("data_classes: [a, b, a]"), HasSubstr("1:22: data_classes[2]: stands in the list already"));
  EXPECT_THAT(only_fault("discovery: {local: yes}"), HasSubstr("expected true or false, found \"yes\""));
  EXPECT_THAT(only_fault("discovery: {local: \"true\"}"), HasSubstr("found \"true\" in quotes"));
  EXPECT_THAT(only_fault("node: {name: Fra_1}"), HasSubstr("a name of 1 to 63 characters out of a-z, 0-9 and -"));
  EXPECT_THAT(only_fault("cors: {origins: [\"https://a.example/\"]}"), HasSubstr("without a path"));
  EXPECT_THAT(only_fault("log: {level: loud}"), HasSubstr("expected one of debug, info, warn, error, found \"loud\""));
}

TEST_F(KeyCheck, AUrlWithAPasswordSaysWhereItBelongs) {
  EXPECT_THAT(only_fault("backends: [{url: \"https://u:p@h.example\"}]"), HasSubstr("use 'api_key' or 'headers'"));
}

TEST_F(KeyCheck, RequiredKeysAreAskedFor) {
  EXPECT_THAT(only_fault("backends:\n  - name: a"), StartsWith("2:5: backends[0]: \"url\" is missing: expected a URL"));
  EXPECT_THAT(only_fault("models:\n  - name: a"), HasSubstr("models[0]: \"routes\" is missing"));
  EXPECT_THAT(only_fault("models: [{name: a, routes: [{when: {tools: true}}]}]"), HasSubstr("models[0].routes[0]: \"use\" is missing"));
}

TEST_F(KeyCheck, ClientSideTimeoutsOfABackendAreRefused) {
  EXPECT_THAT(only_fault("backends: [{url: \"http://127.0.0.1:1\", timeouts: {head: 1s}}]"),
              HasSubstr("backends[0].timeouts.head: unknown key"));
}

TEST_F(KeyCheck, SecretsAreNeverQuoted) {
  variables_["KEY"] = "canary-17";
  const std::string backend = "backends:\n  - url: https://h.example\n    ";
  EXPECT_THAT(only_fault(backend + "api_key: [canary-17]"), Not(HasSubstr("canary")));
  EXPECT_THAT(only_fault(backend + "api_key: \"canary-17\\n\""), Not(HasSubstr("canary")));
  EXPECT_THAT(only_fault(backend + "headers: {x-a: \"canary-17\\r\"}"), Not(HasSubstr("canary")));
  EXPECT_THAT(only_fault(backend + "priority: ${KEY}"), Not(HasSubstr("canary")));
  EXPECT_THAT(only_fault("backends: [{url: \"https://u:canary-17@h.example\"}]"), Not(HasSubstr("canary")));
  EXPECT_THAT(only_fault(backend + "proxy: socks5://u:canary-17@h"), Not(HasSubstr("canary")));
}

TEST_F(KeyCheck, EveryPathOfTheTableIsDistinctAndHasItsParent) {
  for (const auto& row : key_table()) {
    EXPECT_EQ(find_row(row.path), &row) << row.path;
    const auto dot = row.path.rfind('.');
    if (dot == std::string_view::npos) continue;
    EXPECT_NE(find_row(row.path.substr(0, dot)), nullptr) << row.path;
  }
}

}  // namespace
}  // namespace edgemesh::settings
