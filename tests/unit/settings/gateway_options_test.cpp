#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using GatewayOptions = settings_fixture;

TEST_F(GatewayOptions, CarryLimitsAndTimes) {
  const auto o = gateway_options_of(good("node: {name: n}\nlimits: {body: 2MB, head: 8KiB, headers: 9, connections: 3, json_depth: 5}\n"
                                         "commit: {patience: 3s}\ntimeouts: {idle: 4s}"), "0123456789abcdef");
  EXPECT_EQ(o.node_name, "n");
  EXPECT_EQ(o.node_instance, "0123456789abcdef");
  EXPECT_EQ(o.body_bytes_max, 2'000'000u);
  EXPECT_EQ(o.head_bytes_max, 8192u);
  EXPECT_EQ(o.headers_max, 9);
  EXPECT_EQ(o.connections_max, 3);
  EXPECT_EQ(o.json_depth_max, 5);
  EXPECT_EQ(o.commit_patience, seconds(3));
  EXPECT_EQ(o.timeouts.idle, seconds(4));
}

TEST_F(GatewayOptions, TheGuardKnowsThePublicNameAndCorsOrigins) {
  const auto o = gateway_options_of(good("node: {public_url: \"https://llm.example:444/x\"}\ncors: {origins: [\"https://c.example\"]}"), "i");
  EXPECT_TRUE(o.guard.host_allowed("llm.example:444"));
  EXPECT_TRUE(o.guard.host_allowed("127.0.0.1:8780"));
  EXPECT_FALSE(o.guard.host_allowed("evil.example"));
  EXPECT_TRUE(o.guard.is_cors_origin("https://c.example"));
  EXPECT_FALSE(o.guard.origin_allowed("https://evil.example"));
}

TEST_F(GatewayOptions, ALiteralOpenListenerAnswersToItsAddressOnly) {
  const auto o = gateway_options_of(good("listen: {api: 192.168.1.5:8780}\nauth: {allow_open: true}"), "i");
  EXPECT_TRUE(o.guard.host_allowed("192.168.1.5:8780"));
  EXPECT_FALSE(o.guard.host_allowed("evil.example"));
}

TEST_F(GatewayOptions, OnlyAWildcardListenerWithoutAPublicNameAnswersToAnyHost) {
  const auto s = good("listen: {api: 0.0.0.0:8780}\nauth: {allow_open: true}");
  EXPECT_TRUE(gateway_options_of(s, "i").guard.host_allowed("box.lan:8780"));
  EXPECT_FALSE(gateway_options_of(s, "i", listener::admin).guard.host_allowed("box.lan:8781"));
  const auto named = good("node: {public_url: \"http://llm.lan\"}\nlisten: {api: 0.0.0.0:8780}\nauth: {allow_open: true}");
  EXPECT_FALSE(gateway_options_of(named, "i").guard.host_allowed("evil.example"));
}

}  // namespace
}  // namespace edgemesh::settings
