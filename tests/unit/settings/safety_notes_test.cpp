#include "settings/safety_notes.hpp"

#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

class SafetyNotes : public settings_fixture {
 protected:
  safety_note note(const std::string& yaml, const std::string& key) {
    for (auto& n : safety_notes(good(yaml)))
      if (n.key == key) return n;
    ADD_FAILURE() << "no note about " << key;
    return {};
  }
};

TEST_F(SafetyNotes, SayWhoReachesTheListeners) {
  EXPECT_EQ(note("", "auth.mode").value, "none");
  EXPECT_FALSE(note("", "listen.api").risky);
  EXPECT_TRUE(note("listen: {api: 0.0.0.0:1}\nauth: {allow_open: true}", "listen.api").risky);
  EXPECT_TRUE(note("cors: {origins: [\"*\"]}", "cors.origins").risky);
}

TEST_F(SafetyNotes, SayWhatEachListenerHas) {
  file("c.pem", "-----BEGIN CERTIFICATE-----");
  file("k.pem", "-----BEGIN PRIVATE KEY-----");
  const std::string at = "listen: {api: 0.0.0.0:1, admin: 0.0.0.0:2, metrics: 0.0.0.0:3, allow_plain: true", files = "cert: c.pem, key: k.pem";
  const std::string all = at + ", tls: {api: {" + files + "}, admin: {" + files + ", client_ca: c.pem}, metrics: {" + files + "}}}\n";
  const std::string keys = "auth: {mode: keys}", none = "auth: {allow_open: true}";
  EXPECT_EQ(note("", "listen.api").meaning, "this machine alone");
  EXPECT_EQ(note(at + "}\n" + keys, "listen.api").meaning, "open to the network; no TLS: keys cross it in the clear");
  EXPECT_TRUE(note(at + "}\n" + keys, "listen.api").risky);
  EXPECT_EQ(note(all + keys, "listen.api").meaning, "open to the network; TLS");
  EXPECT_FALSE(note(all + keys, "listen.api").risky);
  EXPECT_EQ(note(all + none, "listen.api").meaning, "open to the network; TLS: everybody there may send requests");
  EXPECT_EQ(note(all + none, "listen.admin").meaning, "open to the network; TLS, and only clients with a certificate of client_ca");
  EXPECT_FALSE(note(all + none, "listen.admin").risky);
  EXPECT_EQ(note(all + keys, "listen.metrics").meaning, "open to the network; TLS: everybody there may read metrics");
}

TEST_F(SafetyNotes, SayWhichDataEachBackendMaySeeAndWhy) {
  const std::string yaml = R"(backends:
  - {name: near, url: "http://127.0.0.1:1"}
  - {name: far, url: "https://h.example"}
  - {name: told, url: "https://i.example", data_class: internal})";
  EXPECT_EQ(note(yaml, "backends.near.data_class").value, "confidential");
  EXPECT_EQ(note(yaml, "backends.far.data_class").value, "public");
  EXPECT_EQ(note(yaml, "backends.far.data_class").meaning, "default for a host name; requests above \"public\" never go there");
  EXPECT_EQ(note(yaml, "backends.told.data_class").meaning, "configured; requests above \"internal\" never go there");
}

TEST_F(SafetyNotes, SayThatANodeWithoutAnIdentityIsInNoMesh) {
  EXPECT_EQ(note("", "mesh").value, "no");
  for (const auto& n : safety_notes(good(""))) EXPECT_NE(n.key, "listen.mesh");
}

class SafetyNotesInAMesh : public SafetyNotes {
 protected:
  SafetyNotesInAMesh() {
    std::filesystem::create_directory(folder_ / "d");
    file("d/identity.key", "x");
  }
  safety_note note(const std::string& yaml, const std::string& key) { return SafetyNotes::note("data_dir: d\n" + yaml, key); }
};

TEST_F(SafetyNotesInAMesh, SayWhoReachesThePeersListeners) {
  EXPECT_EQ(note("", "mesh").value, "yes");
  EXPECT_EQ(note("", "listen.mesh").value, "127.0.0.1:8790");
  EXPECT_EQ(note("", "listen.mesh").meaning, "this machine alone: nodes elsewhere cannot dial it");
  EXPECT_EQ(note("", "listen.peer").value, "127.0.0.1:8791");
  const std::string open = "listen: {mesh: \"0.0.0.0:9\", peer: \"0.0.0.0:9\"}\n";
  EXPECT_EQ(note(open + "node: {advertise: \"fra:9\"}", "listen.peer").meaning, "open to the network: TLS, and only keys that are members of the mesh");
  EXPECT_EQ(note(open + "node: {advertise: \"fra:9\"}", "node.advertise").value, "fra:9");
  EXPECT_EQ(note(open + "node: {advertise: none}", "node.advertise").value, "none");
  EXPECT_EQ(note("", "node.advertise").meaning, "default: the address of listen.mesh");
}

TEST_F(SafetyNotesInAMesh, SayThatOnlyConfiguredClassesCountAndWhoMayUseABackend) {
  const std::string yaml = R"(backends:
  - {name: near, url: "http://127.0.0.1:1", offer: site}
  - {name: told, url: "http://127.0.0.1:2", data_class: internal})";
  EXPECT_EQ(note(yaml, "backends.near.data_class").meaning, "default in a mesh; requests above \"public\" never go there");
  EXPECT_EQ(note(yaml, "backends.told.data_class").value, "internal");
  EXPECT_EQ(note(yaml, "backends.near.offer").meaning, "nodes of this node's site may use it");
  EXPECT_EQ(note(yaml, "backends.told.offer").value, "mesh");
  EXPECT_THAT(note("", "discovery.local").meaning, testing::HasSubstr("up to \"public\""));
}

TEST_F(SafetyNotes, SayWhoMayFetchMedia) {
  EXPECT_EQ(note("backends: [{name: a, url: \"http://10.0.0.1:1\"}]", "backends.a.remote_media").value, "false");
  EXPECT_EQ(note("backends: [{name: a, url: \"https://h.example\"}]", "backends.a.remote_media").value, "by address");
  EXPECT_TRUE(note("backends: [{name: a, url: \"http://10.0.0.1:1\", remote_media: true}]", "backends.a.remote_media").risky);
}

TEST_F(SafetyNotes, WarnOfKeysInTheClearAndNeverShowThem) {
  const auto s = good("backends: [{name: a, url: \"http://h.example\", api_key: canary-17, headers: {x: canary-17}, proxy: \"http://u:canary-17@p\"}]");
  bool warned = false;
  for (const auto& n : safety_notes(s)) {
    warned = warned || (n.key == "backends.a.url" && n.risky);
    EXPECT_EQ((n.value + n.meaning).find("canary"), std::string::npos) << n.key;
  }
  EXPECT_TRUE(warned);
}

}  // namespace
}  // namespace edgemesh::settings
