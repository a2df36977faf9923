#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using Coherence = settings_fixture;

TEST_F(Coherence, OpenListenersWithoutKeysNeedConsent) {
  EXPECT_THAT(only_fault("listen: {api: 0.0.0.0:8780}"),
              StartsWith("1:15: listen.api: 0.0.0.0:8780 is open to the network and auth.mode is none"));
  EXPECT_THAT(only_fault("listen: {admin: \"[::]:8781\"}"), HasSubstr("listen.admin: [::]:8781 is open"));
  EXPECT_THAT(only_fault("listen: {api: node.lan:8780}"), HasSubstr("listen.api: node.lan:8780 is open"));
  good("listen: {api: 0.0.0.0:8780, admin: \"[::]:8781\"}\nauth: {allow_open: true}");
  good("listen: {api: 127.0.0.9:8780, admin: localhost:8781}");
}

TEST_F(Coherence, ListenersOpenToANetworkNeedTlsOrConsentWhereThereAreKeys) {
  file("c.pem", "-----BEGIN CERTIFICATE-----");
  file("k.pem", "-----BEGIN PRIVATE KEY-----");
  const std::string keys = "auth: {mode: keys}\n", files = "{cert: c.pem, key: k.pem}";
  EXPECT_THAT(only_fault(keys + "listen: {api: 0.0.0.0:8780}"),
              StartsWith("2:15: listen.api: 0.0.0.0:8780 is open to the network and keys would cross it in the clear"));
  EXPECT_THAT(only_fault(keys + "listen: {admin: 0.0.0.0:8781, tls: {api: " + files + "}}"), HasSubstr("listen.admin: 0.0.0.0:8781 is open"));
  EXPECT_THAT(only_fault(keys + "listen: {metrics: 0.0.0.0:9}"), HasSubstr("listen.metrics: 0.0.0.0:9 is open"));
  good(keys + "listen: {api: 0.0.0.0:8780, admin: 0.0.0.0:8781, metrics: 0.0.0.0:9, tls: {api: " + files + ", admin: " + files + ", metrics: " +
       files + "}}");
  good(keys + "listen: {api: 0.0.0.0:8780, admin: 0.0.0.0:8781, allow_plain: true}");
}

TEST_F(Coherence, CertificatesOfClientsCloseAListenerWithoutKeys) {
  file("c.pem", "-----BEGIN CERTIFICATE-----");
  file("k.pem", "-----BEGIN PRIVATE KEY-----");
  EXPECT_THAT(only_fault("listen: {api: 0.0.0.0:8780, tls: {api: {cert: c.pem, key: k.pem}}}"), HasSubstr("auth.mode is none"));
  good("listen: {api: 0.0.0.0:8780, tls: {api: {cert: c.pem, key: k.pem, client_ca: c.pem}}}");
  EXPECT_THAT(only_fault("listen: {api: 0.0.0.0:8780, allow_plain: true}"), HasSubstr("auth.mode is none"));
}

TEST_F(Coherence, OpenListenersOnTheCommandLineNeedConsentToo) {
  flags_.api = "192.168.1.5:8780";
  EXPECT_THAT(only_fault(""), StartsWith("0:0: --api: 192.168.1.5:8780 is open"));
}

TEST_F(Coherence, ListenersHaveTheirOwnAddresses) {
  EXPECT_THAT(only_fault("listen: {api: 127.0.0.1:9, admin: 127.0.0.1:9}"), HasSubstr("listen.admin: is the same address as listen.api"));
  EXPECT_THAT(only_fault("listen: {metrics: 127.0.0.1:8781}"), HasSubstr("listen.metrics: is the same address as listen.admin"));
  EXPECT_THAT(only_fault("listen: {metrics: 0.0.0.0:8780}\nauth: {allow_open: true}"), HasSubstr("listen.metrics: is the same address as listen.api"));
  good("listen: {api: 127.0.0.1:0, admin: 127.0.0.1:0}");
  good("listen: {api: 127.0.0.1:9, admin: 127.0.0.2:9}");
}

TEST_F(Coherence, PeersListenersStandTogetherAndMayShareAnAddress) {
  EXPECT_THAT(only_fault("listen: {mesh: 127.0.0.1:9}"), StartsWith("1:16: listen.mesh: needs listen.peer beside it"));
  EXPECT_THAT(only_fault("listen: {peer: 127.0.0.1:9}"), StartsWith("1:16: listen.peer: needs listen.mesh beside it"));
  good("listen: {mesh: 127.0.0.1:9, peer: 127.0.0.1:9}");
  good("listen: {mesh: 10.0.0.1:9, peer: 10.0.0.1:10}");
  EXPECT_THAT(only_fault("listen: {mesh: 127.0.0.1:8780, peer: 127.0.0.1:9}"), HasSubstr("listen.mesh: is the same address as listen.api"));
  EXPECT_THAT(only_fault("listen: {mesh: 127.0.0.1:9, peer: 127.0.0.1:8781}"), HasSubstr("listen.peer: is the same address as listen.admin"));
  EXPECT_THAT(only_fault("listen: {mesh: 127.0.0.1:9, peer: 0.0.0.0:9}\nnode: {advertise: none}"),
              HasSubstr("listen.peer: overlaps with listen.mesh"));
}

TEST_F(Coherence, PeersListenersAreComparedByDefaultOnlyInAMesh) {
  good("listen: {api: 127.0.0.1:8790}\ndata_dir: d");
  std::filesystem::create_directory(folder_ / "d");
  file("d/identity.key", "x");
  EXPECT_THAT(only_fault("listen: {api: 127.0.0.1:8790}\ndata_dir: d"), HasSubstr("listen.mesh: is the same address as listen.api"));
}

TEST_F(Coherence, ANodeThatListensEverywhereSaysWhatOthersDial) {
  const std::string everywhere = "listen: {mesh: \"0.0.0.0:9\", peer: \"0.0.0.0:9\"}\n";
  EXPECT_THAT(only_fault(everywhere), StartsWith("1:16: listen.mesh: is every address of this machine: set node.advertise"));
  EXPECT_THAT(only_fault("listen: {mesh: 10.0.0.1:9, peer: \"[::]:10\"}"), HasSubstr("listen.peer: is every address of this machine"));
  good(everywhere + "node: {advertise: fra-1.example:9}");
  good(everywhere + "node: {advertise: none}");
}

TEST_F(Coherence, APhysicalBackendStandsOnceOnANode) {
  EXPECT_THAT(only_fault("backends:\n  - {name: a, id: x, url: \"http://127.0.0.1:1\"}\n  - {name: b, id: x, url: \"http://127.0.0.1:2\"}"),
              StartsWith("3:5: backends[1]: the id \"x\" is that of the backend of line 2"));
  good("backends: [{kind: cognis, id: x, url: \"http://10.0.0.7\"}]");
}

TEST_F(Coherence, BackendNamesAreUnique) {
  EXPECT_THAT(only_fault("backends:\n  - {name: a, url: \"http://127.0.0.1:1\"}\n  - {name: a, url: \"http://127.0.0.1:2\"}"),
              StartsWith("3:5: backends[1]: the name \"a\" is taken by the backend of line 2"));
}

TEST_F(Coherence, EachAddressIsOneBackend) {
  EXPECT_THAT(only_fault("backends:\n  - {name: a, url: \"http://127.0.0.1:1\"}\n  - {name: b, url: \"http://localhost:1/x\"}"),
              StartsWith("3:5: backends[1]: 127.0.0.1:1 is the backend of line 2 already"));
  EXPECT_THAT(only_fault("backends:\n  - {kind: cognis, url: \"http://10.0.0.7\"}\n  - {name: b, url: \"http://10.0.0.7:8773\"}"),
              HasSubstr("10.0.0.7:8773 is the backend of line 2 already"));
}

TEST_F(Coherence, TheCommandLinesBackendsAreComparedWithTheFiles) {
  flags_.backends = {"ollama=http://127.0.0.1:1"};
  EXPECT_THAT(only_fault("backends: [{name: a, url: \"http://127.0.0.1:1\"}]"),
              StartsWith("0:0: --backend: 127.0.0.1:1 is the backend of line 1 already"));
}

TEST_F(Coherence, VirtualModelsAreUniqueAndLeadToRealOnes) {
  EXPECT_THAT(only_fault("models:\n  - {name: a, routes: [{use: x}]}\n  - {name: a, routes: [{use: y}]}"),
              StartsWith("3:12: models[1].name: another virtual model has this name"));
  EXPECT_THAT(only_fault("models:\n  - {name: a, routes: [{use: b}]}\n  - {name: b, routes: [{use: y}]}"),
              StartsWith("2:30: models[0].routes[0].use: is a virtual model itself"));
}

TEST_F(Coherence, RoutesThatCanNeverBeTakenAreFaults) {
  EXPECT_THAT(only_fault("models: [{name: a, routes: [{use: x, when: {prompt_tokens_min: 9, prompt_tokens_max: 8}}]}]"),
              HasSubstr("prompt_tokens_min: is above prompt_tokens_max"));
  EXPECT_THAT(only_fault("models: [{name: a, routes: [{use: x, when: {hours: \"08:00-08:00\"}}]}]"), HasSubstr("expected a time span"));
  EXPECT_THAT(only_fault("models: [{name: a, routes: [{use: x, when: {data_class: nope}}]}]"), HasSubstr("unknown data class"));
}

}  // namespace
}  // namespace edgemesh::settings
