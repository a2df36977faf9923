#include <gmock/gmock.h>

#include "settings/draft.hpp"
#include "settings/safety_notes.hpp"
#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeyCommands : public settings_fixture {
 protected:
  KeyCommands() { variables_["PATH"] = "/usr/local/bin:/usr/bin:/bin"; }
  source running(const std::string& yaml, key_commands what = key_commands::run) {
    auto out = from(yaml);
    out.commands = what;
    return out;
  }
  static std::string one(const std::string& command, const std::string& more = "") {
    return "backends:\n  - {name: cloud, url: \"https://h.example\", " + more + "api_key_command: " + command + "}\n";
  }
  /// The key that the command prints; faults as text.
  std::string key(const std::string& command) {
    const auto report = read(running(one(command)));
    return report.faults.empty() ? std::string(report.settings.backends.at(0).api_key.reveal()) : "FAULT " + report.faults[0].to_string();
  }
  std::string shell(const std::string& script) { return "[sh, -c, \"" + script + "\"]"; }
  std::filesystem::path program(const std::string& name, const std::string& script) {
    const auto path = file(name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
};

TEST_F(KeyCommands, WhatAProgramPrintsIsTheKey) {
  EXPECT_EQ(key("[printf, k-1]"), "k-1");
  EXPECT_EQ(key("[echo, k-1]"), "k-1");
  EXPECT_EQ(key("[printf, 'k-1\\r\\n']"), "k-1");
  EXPECT_EQ(key("[printf, '%s%s%s', a, a, 3]"), "aa3") << "words may repeat, and may be numbers";
}

TEST_F(KeyCommands, WordsAreNoShell) { EXPECT_EQ(key("[echo, '$HOME', ';', '`id`']"), "$HOME ; `id`"); }

TEST_F(KeyCommands, APathStartsAtTheFile) {
  program("print-key", "echo of-the-folder");
  EXPECT_EQ(key("[./print-key]"), "of-the-folder");
  EXPECT_EQ(key("[\"" + (folder_ / "print-key").string() + "\"]"), "of-the-folder");
}

TEST_F(KeyCommands, FaultsNameTheBackendAndTheProgramAndNeverItsOutput) {
  const std::string at = "FAULT " + (folder_ / "edgemesh.yaml").string() + ":2:62: backends[0].api_key_command: backend cloud: ";
  EXPECT_EQ(key("[no-such-program, canary-17]"), at + "\"no-such-program\" is no program that can be run from PATH");
  EXPECT_EQ(key("[./edgemesh.yaml]"), at + "\"./edgemesh.yaml\" is no program that can be run");
  EXPECT_EQ(key("[.]"), at + "\".\" is no program that can be run from PATH");
  EXPECT_EQ(key(shell("echo canary-17; echo canary-17 >&2; exit 3")), at + "\"sh\" ended with exit code 3");
  EXPECT_EQ(key(shell("echo canary-17; kill -9 $$$$")), at + "\"sh\" was ended by signal 9");
  EXPECT_EQ(key("['true']"), at + "\"true\" printed nothing");
  EXPECT_EQ(key("[echo, '  ']"), at + "\"echo\" printed nothing");
  EXPECT_EQ(key("[printf, 'canary-17\\ncanary-17']"), at + "\"printf\" printed no key: expected one line of plain text");
  EXPECT_EQ(key("[printf, 'canary-17\\n\\n']"), "canary-17") << "blank lines at the end are trimmed";
  EXPECT_EQ(key("[printf, 'canary\\007']"), at + "\"printf\" printed no key: expected one line of plain text");
  EXPECT_EQ(key("[head, -c, '8192', /dev/zero]"), at + "\"head\" printed no key: expected one line of plain text");
  EXPECT_EQ(key("[head, -c, '8193', /dev/zero]"), at + "\"head\" printed more than 8KiB");
  EXPECT_EQ(key("[cat, /dev/zero]"), at + "\"cat\" printed more than 8KiB") << "without an end";
}

TEST_F(KeyCommands, StandardInputIsEmpty) { EXPECT_EQ(key(shell("cat; echo end")), "end"); }

TEST_F(KeyCommands, BackendsWithTheSameWordsShareOneRun) {
  const auto counts = program("counts", "echo x >> \"" + (folder_ / "runs").string() + "\"; echo k");
  const auto report = read(running("backends:\n  - {name: a, url: \"http://h.example\", api_key_command: [./counts]}\n"
                                   "  - {name: b, url: \"http://i.example\"}\n"
                                   "  - {name: c, url: \"http://j.example\", api_key_command: [./counts]}\n"));
  ASSERT_TRUE(report.faults.empty()) << report.faults[0].to_string();
  EXPECT_EQ(report.settings.backends[0].api_key.reveal(), "k");
  EXPECT_TRUE(report.settings.backends[1].api_key.empty());
  EXPECT_EQ(report.settings.backends[2].api_key.reveal(), "k");
  EXPECT_EQ(std::filesystem::file_size(folder_ / "runs"), 2u);
}

TEST_F(KeyCommands, ManyProgramsEachGiveTheirOwnKey) {
  std::string yaml = "backends:\n";
  for (int i = 0; i < 40; ++i)
    yaml += "  - {name: b" + std::to_string(i) + ", url: \"http://h" + std::to_string(i) + ".example\", api_key_command: [echo, k" + std::to_string(i) + "]}\n";
  const auto report = read(running(yaml));
  ASSERT_TRUE(report.faults.empty()) << report.faults[0].to_string();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(report.settings.backends[static_cast<std::size_t>(i)].api_key.reveal(), "k" + std::to_string(i));
}

TEST_F(KeyCommands, OnlyWhoWantsKeysRunsPrograms) {
  const auto makes = program("makes", "touch \"" + (folder_ / "was-run").string() + "\"; echo k");
  for (const auto what : {key_commands::skip, key_commands::check}) {
    const auto report = read(running(one("[./makes]"), what));
    EXPECT_TRUE(report.faults.empty());
    EXPECT_TRUE(report.settings.backends[0].api_key.empty());
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "was-run"));
  EXPECT_TRUE(read(running(one("[absent-program]"), key_commands::skip)).faults.empty()) << "it may be on the node's PATH alone";
  EXPECT_EQ(read(running(one("[absent-program]"), key_commands::check)).faults.size(), 1u);
}

TEST_F(KeyCommands, NothingIsRunForSettingsThatAreRefusedAnyway) {
  const auto makes = program("makes", "touch \"" + (folder_ / "was-run").string() + "\"; echo k");
  EXPECT_EQ(read(running(one("[./makes]", "kind: nonsense, "))).faults.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "was-run"));
}

TEST_F(KeyCommands, AStopEndsAProgramThatHangs) {
  std::stop_source stop;
  stop.request_stop();
  const auto report = read(running(one("[sleep, '1000']")), stop.get_token());
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_THAT(report.faults[0].message, HasSubstr("\"sleep\" was given up"));
}

TEST_F(KeyCommands, EachHasItsTimeAndAllTogetherHaveTheirs) {
  const auto reads = running("");
  fault_list faults("f");
  reading context{reads, folder_, faults, {}, {.each = milliseconds(300), .all = milliseconds(400), .at_once = 1}};
  draft all;
  for (const char* name : {"a", "b", "c"}) {
    backend_settings b;
    b.name = name;
    b.api_key_command = {"sleep", std::string("1000.") + std::to_string(all.settings.backends.size())};  // not one run for all
    all.settings.backends.push_back(b);
    all.key_commands.push_back({"f", {1, static_cast<int>(all.key_commands.size()) + 1}, "k"});
  }
  read_key_commands(all, context);
  const auto told = faults.take();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].message, "backend a: \"sleep\" did not end within 300ms");
  EXPECT_THAT(told[1].message, testing::AnyOf(HasSubstr("backend b: \"sleep\" did not end within "), HasSubstr("was not run")));  // what was left
  EXPECT_EQ(told[2].message, "backend c: \"sleep\" was not run: those before it took the 400ms that there are for all");
}

TEST_F(KeyCommands, ProgramsRunSideBySide) {
  // Each waits for the other: one after the other they would wait for ever.
  const auto meet = [&](const char* own, const char* other) {
    return program(own, "touch \"" + folder_.string() + "/" + own + ".here\"; until test -e \"" + folder_.string() + "/" + other + ".here\"; do sleep 0.01; done; echo " + own);
  };
  meet("first", "second"), meet("second", "first");
  const auto report = read(running("backends:\n  - {name: a, url: \"http://h.example\", api_key_command: [./first]}\n"
                                   "  - {name: b, url: \"http://i.example\", api_key_command: [./second]}\n"));
  ASSERT_TRUE(report.faults.empty()) << report.faults[0].to_string();
  EXPECT_EQ(report.settings.backends[0].api_key.reveal(), "first");
  EXPECT_EQ(report.settings.backends[1].api_key.reveal(), "second");
}

TEST_F(KeyCommands, AKeyHasOneSource) {
  file("cloud.key", "k");
  EXPECT_THAT(only_fault(one("[echo, k]", "api_key: k, ")), HasSubstr("backends[0].api_key_command: has no effect beside api_key; keep one of the two"));
  EXPECT_THAT(only_fault(one("[echo, k]", "api_key_file: cloud.key, ")), HasSubstr("has no effect beside api_key_file"));
  EXPECT_THAT(only_fault(one("[echo, k]", "headers: {authorization: x}, ")), HasSubstr("stands against api_key"));
}

TEST_F(KeyCommands, TheWordsAreAListAndAreNotPrinted) {
  EXPECT_THAT(only_fault(one("[]")), HasSubstr("backends[0].api_key_command: expected from 1 to 64 entries"));
  EXPECT_THAT(only_fault(one("print-key --of cloud")), HasSubstr("expected a list"));
  EXPECT_THAT(only_fault(one("[a, \"canary-17\\n\"]")), Not(HasSubstr("canary")));
}

TEST_F(KeyCommands, TheNotesNameTheProgramAlone) {
  for (const auto& n : safety_notes(good("backends: [{name: a, url: \"http://h.example\", api_key_command: [vault, canary-17]}]"))) {
    EXPECT_THAT(n.value + n.meaning, Not(HasSubstr("canary-17")));
    if (n.key == "backends.a.api_key_command") EXPECT_EQ(n.value, "vault");
    if (n.key == "backends.a.url") EXPECT_EQ(n.meaning, "key and prompts cross the network in the clear");
  }
}

}  // namespace
}  // namespace edgemesh::settings
