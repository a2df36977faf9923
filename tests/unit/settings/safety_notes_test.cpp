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
