#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class BackendReader : public settings_fixture {
 protected:
  static std::string one(const std::string& keys, const std::string& url = "https://h.example/v1") {
    return "backends:\n  - url: " + url + "\n" + (keys.empty() ? "" : "    " + keys + "\n");
  }
  backend_settings read_one(const std::string& keys, const std::string& url = "https://h.example/v1") {
    const auto s = good(one(keys, url));
    return s.backends.empty() ? backend_settings() : s.backends[0];
  }
};

TEST_F(BackendReader, PricesAreExactMillionths) {
  const auto b = read_one("prices: {big: {input: 0.15, cached_input: 0.05, output: 0.6, request: 0.000001}, small: {input: 2}}");
  EXPECT_THAT(b.prices, ElementsAre(Pair("big", model_prices{150'000, 50'000, 600'000, 1}), Pair("small", model_prices{2'000'000, 2'000'000, 0, 0})));
  EXPECT_FALSE(read_one("prices: {big: {input: 0.15}}") == b) << "another price is another configuration";
}

TEST_F(BackendReader, APriceIsAPlainDecimalNumber) {
  for (const char* wrong : {"1e3", "-1", "0.1234567", "\"0.15\"", "cheap", ".5", "1000000001"})
    EXPECT_THAT(only_fault(one(std::string("prices: {m: {input: ") + wrong + "}}")), HasSubstr("backends[0].prices.m.input: expected a price such as 0.15")) << wrong;
  EXPECT_THAT(only_fault(one("prices: {m: {inputs: 1}}")), HasSubstr("did you mean \"input\""));
  EXPECT_THAT(only_fault(one("prices: {m: {}}")), HasSubstr("says no price"));
  EXPECT_THAT(only_fault(one("prices: {m: 0.15}")), HasSubstr("expected a map of keys"));
}

TEST_F(BackendReader, APriceOfWhatIsNotOfferedIsAMistake) {
  EXPECT_THAT(only_fault(one("models: [a]\n    prices: {b: {input: 1}}")), HasSubstr("`models` leaves this model out"));
  EXPECT_THAT(only_fault(one("models: [a]\n    rename: {large: a, other: c}\n    prices: {other: {input: 1}}")), HasSubstr("leaves this model out"));
  EXPECT_EQ(read_one("models: [a]\n    rename: {large: a}\n    prices: {large: {input: 1}}").prices.size(), 1u);
}

TEST_F(BackendReader, EveryKeyReachesItsPlace) {
  variables_["CLOUD_KEY"] = "k-1";
  const auto b = read_one(R"(name: cloud
    kind: openai
    data_class: internal
    api_key: ${CLOUD_KEY}
    server_name: llm.internal
    proxy: http://u:p%40ss@proxy:3128
    headers: {X-Team: research, x-n: 3}
    query: {api-version: "1"}
    remote_media: true
    allow_fields: [top_k]
    models: [big-model]
    rename: {large: big-model}
    concurrency: 64
    priority: 2
    timeouts: {connect: 9s})");
  EXPECT_EQ(b.name, "cloud");
  EXPECT_EQ(b.kind, backend_kind::openai);
  EXPECT_EQ(b.url.to_string(), "https://h.example");
  EXPECT_EQ(b.data_class, "internal");
  EXPECT_EQ(b.api_key.reveal(), "k-1");
  EXPECT_EQ(b.server_name, "llm.internal");
  ASSERT_TRUE(b.proxy);
  EXPECT_EQ(b.proxy->authority.to_string(), "proxy:3128");
  EXPECT_EQ(b.proxy->basic_credentials.reveal(), "u:p@ss");
  ASSERT_EQ(b.headers.size(), 2u);
  EXPECT_EQ(b.headers[0].first, "X-Team");
  EXPECT_EQ(b.headers[1].second.reveal(), "3");
  EXPECT_THAT(b.query, ElementsAre(Pair("api-version", "1")));
  EXPECT_EQ(b.remote_media, true);
  EXPECT_THAT(b.allow_fields, ElementsAre("top_k"));
  EXPECT_THAT(b.models, ElementsAre("big-model"));
  EXPECT_THAT(b.rename, ElementsAre(Pair("large", "big-model")));
  EXPECT_EQ(b.concurrency, 64);
  EXPECT_EQ(b.priority, 2);
  EXPECT_EQ(b.timeouts.connect, seconds(9));
  EXPECT_EQ(b.timeouts.total, seconds(600));
}

TEST_F(BackendReader, TimeoutsStartFromTheNodes) {
  const auto s = good("timeouts: {idle: 7s}\n" + one("timeouts: {total: 8s}"));
  EXPECT_EQ(s.backends[0].timeouts.idle, seconds(7));
  EXPECT_EQ(s.backends[0].timeouts.total, seconds(8));
}

TEST_F(BackendReader, ANameIsMadeFromKindAndPort) {
  EXPECT_EQ(read_one("kind: openai").name, "openai-443");
  EXPECT_EQ(read_one("", "http://127.0.0.1:1234").name, "auto-1234");
}

TEST_F(BackendReader, ACognisHostWithoutAPortStandsForItsSlots) {
  const auto group = good("backends: [{name: fleet, kind: cognis, url: \"http://10.0.0.7\"}]").backends[0];
  EXPECT_TRUE(group.all_slots);
  const auto slots = slots_of(group);
  ASSERT_EQ(slots.size(), 5u);
  EXPECT_EQ(slots[0].name, "fleet-8771");
  EXPECT_EQ(slots[4].url.authority.to_string(), "10.0.0.7:8775");
  EXPECT_FALSE(slots[4].all_slots);
  EXPECT_FALSE(good("backends: [{kind: cognis, url: \"http://10.0.0.7:8772\"}]").backends[0].all_slots);
  EXPECT_FALSE(good("backends: [{kind: cognis, url: \"http://[fd00::7]:80\"}]").backends[0].all_slots);
}

TEST_F(BackendReader, AnApiKeyMayStandInAFile) {
  file("cloud.key", "k-2\nsecond line");
  EXPECT_EQ(read_one("api_key_file: cloud.key").api_key.reveal(), "k-2");
  EXPECT_THAT(only_fault(one("api_key_file: absent.key")), HasSubstr("3:19: backends[0].api_key_file: cannot read "));
  file("empty.key", "\n");
  EXPECT_THAT(only_fault(one("api_key_file: empty.key")), HasSubstr("first line is no key"));
  EXPECT_THAT(only_fault(one("api_key_file: cloud.key\n    api_key: x")), HasSubstr("has no effect beside api_key"));
}

TEST_F(BackendReader, KeysWithoutEffectAreFaults) {
  file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  for (const std::string key : {"ca_file: ca.pem", "server_name: a"})
    EXPECT_THAT(only_fault(one(key, "http://h.example")), HasSubstr("has no effect: the URL is not https"));
  EXPECT_THAT(only_fault(one("proxy: http://p:1", "http://127.0.0.1:1")), HasSubstr("loopback is never reached by a proxy"));
  EXPECT_THAT(only_fault(one("proxy: http://p:1", "http://localhost:1")), HasSubstr("loopback is never reached by a proxy"));
  EXPECT_THAT(only_fault(one("client_cert: ca.pem")), HasSubstr("needs client_key beside it"));
}

TEST_F(BackendReader, CertificatesAreLookedAtAndWatched) {
  file("ca.pem", "-----BEGIN CERTIFICATE-----\nA");
  const auto before = read_one("ca_file: ca.pem");
  EXPECT_EQ(before.ca_file, folder_ / "ca.pem");
  file("ca.pem", "-----BEGIN CERTIFICATE-----\nB");
  EXPECT_FALSE(before == read_one("ca_file: ca.pem"));
  file("key.pem", "no pem at all");
  EXPECT_THAT(only_fault(one("ca_file: key.pem")), HasSubstr("expected a PEM file with a CERTIFICATE"));
  EXPECT_THAT(only_fault(one("ca_file: .")), HasSubstr("it is a directory"));
}

TEST_F(BackendReader, HeadersThatEdgeMeshSetsItselfAreRefused) {
  EXPECT_THAT(only_fault(one("headers: {Host: a}")), HasSubstr("is set by EdgeMesh itself"));
  EXPECT_THAT(only_fault(one("headers: {x-edgemesh-hops: a}")), HasSubstr("is set by EdgeMesh itself"));
  EXPECT_THAT(only_fault(one("headers: {\"a b\": c}")), HasSubstr("is no header name"));
  EXPECT_THAT(only_fault(one("headers: {A: c, a: d}")), HasSubstr("stands here twice"));
  EXPECT_THAT(only_fault(one("api_key: x\n    headers: {Authorization: c}")), HasSubstr("stands against api_key"));
}

TEST_F(BackendReader, UnknownDataClassesAreFaults) {
  EXPECT_EQ(only_fault(one("data_class: secret")),
            "3:17: backends[0].data_class: unknown data class; expected one of public, internal, confidential");
}

TEST_F(BackendReader, TheEnvironmentsProxyIsTakenButNeverForLoopback) {
  variables_ = {{"HTTPS_PROXY", "http://p.example:3128"}, {"http_proxy", "q.example"}, {"NO_PROXY", "intern.example,10.0.0.0/8"}};
  const auto s = good(R"(backends:
  - {name: a, url: "https://h.example"}
  - {name: b, url: "http://h.example"}
  - {name: c, url: "https://x.intern.example"}
  - {name: d, url: "http://10.1.2.3:80"}
  - {name: e, url: "http://127.0.0.1:80"}
  - {name: f, url: "https://n.example", proxy: none})");
  EXPECT_EQ(s.backends[0].proxy->authority.to_string(), "p.example:3128");
  EXPECT_EQ(s.backends[1].proxy->authority.to_string(), "q.example:1080");
  for (std::size_t i : {2u, 3u, 4u, 5u}) EXPECT_FALSE(s.backends[i].proxy) << s.backends[i].name;
}

TEST_F(BackendReader, AnUnusableProxyVariableIsNamedWithoutItsValue) {
  variables_ = {{"HTTPS_PROXY", "socks5://canary@x"}};
  EXPECT_EQ(only_fault(one("")),
            "0:0: backends[0]: the environment variable HTTPS_PROXY is no usable proxy: only http:// proxies are supported");
}

TEST_F(BackendReader, TheDefaultOfTheDataClassDependsOnTheAddress) {
  const auto level = [&](const std::string& url) {
    const auto s = good("backends: [{url: \"" + url + "\"}]");
    return data_class_of(s, s.backends[0]);
  };
  EXPECT_EQ(level("http://127.0.0.1:1"), 2);
  EXPECT_EQ(level("http://[::1]:1"), 2);
  EXPECT_EQ(level("http://192.168.1.5:1"), 2);
  EXPECT_EQ(level("http://8.8.8.8:1"), 0);
  EXPECT_EQ(level("http://localhost:1"), 0);
  EXPECT_EQ(level("https://h.example"), 0);
}

TEST_F(BackendReader, InAMeshOnlyAConfiguredDataClassCounts) {
  auto s = good("backends:\n  - {name: a, url: \"http://127.0.0.1:1\"}\n  - {name: b, url: \"http://127.0.0.1:2\", data_class: confidential}");
  s.in_mesh = true;
  EXPECT_EQ(data_class_of(s, s.backends[0]), 0);
  EXPECT_EQ(data_class_of(s, s.backends[1]), 2);
}

TEST_F(BackendReader, ReadsWhatABackendIsToTheMesh) {
  const auto s = good("backends:\n  - {name: a, url: \"http://127.0.0.1:1\"}\n  - {name: b, url: \"http://127.0.0.1:2\", id: llm-prod, offer: site}\n"
                      "  - {kind: cognis, url: \"http://10.0.0.7\", id: fleet, offer: node}");
  EXPECT_EQ(s.backends[0].id, "");
  EXPECT_EQ(s.backends[0].offer, backend_offer::mesh);
  EXPECT_EQ(s.backends[1].id, "llm-prod");
  EXPECT_EQ(s.backends[1].offer, backend_offer::site);
  const auto slots = slots_of(s.backends[2]);
  EXPECT_EQ(slots[0].id, "fleet-8771");
  EXPECT_EQ(slots[4].id, "fleet-8775");
  EXPECT_EQ(slots[4].offer, backend_offer::node);
  EXPECT_EQ(only_fault("backends: [{url: \"http://127.0.0.1:1\", offer: all}]"),
            "1:47: backends[0].offer: expected one of mesh, site, node, found \"all\"");
}

TEST_F(BackendReader, TheDefaultOfRemoteMediaDependsOnTheAddress) {
  const auto of = [](const char* url) { return default_remote_media(*parse_backend_url(url)); };
  EXPECT_EQ(of("http://127.0.0.1:1"), false);
  EXPECT_EQ(of("http://10.0.0.1:1"), false);
  EXPECT_EQ(of("http://localhost:1"), false);
  EXPECT_EQ(of("http://8.8.8.8:1"), true);
  EXPECT_EQ(of("https://h.example"), std::nullopt);
}

}  // namespace
}  // namespace edgemesh::settings
