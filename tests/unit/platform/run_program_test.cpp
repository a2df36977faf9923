#include "platform/run_program.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace edgemesh::platform {
namespace {

using enum program_run::outcome;
using std::chrono::milliseconds;
using words = std::vector<std::string>;

program_run run(const words& w, milliseconds limit = milliseconds(60'000), std::size_t output_max = 8192, std::stop_token stop = {}) {
  const auto file = find_program(w.front(), "/usr/local/bin:/usr/bin:/bin");
  return file ? run_program(*file, w, limit, output_max, stop) : program_run{};
}
program_run shell(const std::string& script) { return run({"sh", "-c", script}); }

TEST(RunProgram, GivesWhatIsPrintedAndTheExitCode) {
  const auto r = shell("echo a; echo b; exit 7");
  EXPECT_EQ(r.how, ended);
  EXPECT_EQ(r.code, 7);
  EXPECT_EQ(r.output, "a\nb\n");
}

TEST(RunProgram, StandardErrorIsDropped) { EXPECT_EQ(shell("echo told >&2; echo kept").output, "kept\n"); }

TEST(RunProgram, TheProgramKnowsItsOwnName) {
  EXPECT_EQ(run_program("/bin/sh", {"another-name", "-c", "echo $0"}, milliseconds(60'000), 100).output, "another-name\n");
}

TEST(RunProgram, NoOpenFileIsInherited) {
  // As sockets are: without the mark that closes them.
  const int fd = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(fd, 3);
  const auto number = std::to_string(fd);
  EXPECT_EQ(shell("if ( : <&" + number + " ) 2>/dev/null; then echo open; else echo closed; fi").output, "closed\n");
  ::close(fd);
}

TEST(RunProgram, SignalsHaveTheirUsualMeaning) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // as a node does
  const auto r = shell("kill -PIPE $$; echo survived");
  std::signal(SIGPIPE, before);
  EXPECT_EQ(r.how, ended_by_signal);
  EXPECT_EQ(r.code, SIGPIPE);
}

/// A killed process ends when it is next scheduled, and one without a parent is reaped by somebody else.
bool has_ended(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  return text.empty() || text.find(") Z") != std::string::npos || text.find(") X") != std::string::npos;
}

TEST(RunProgram, TheLimitEndsTheWholeGroup) {
  const auto mark = std::filesystem::temp_directory_path() / ("edgemesh-group-" + std::to_string(::getpid()));
  // The child of the child says its number, and would go on by itself.
  const auto r = run({"sh", "-c", "sleep 1000 & echo $! > " + mark.string() + "; wait"}, milliseconds(1000));
  EXPECT_EQ(r.how, timed_out);
  pid_t child = 0;
  std::ifstream(mark) >> child;
  std::filesystem::remove(mark);
  ASSERT_GT(child, 0);
  const auto until = std::chrono::steady_clock::now() + milliseconds(10'000);
  while (!has_ended(child) && std::chrono::steady_clock::now() < until) (void)::poll(nullptr, 0, 5);
  EXPECT_TRUE(has_ended(child));
}

TEST(RunProgram, AProgramThatLeavesAChildBehindIsNotWaitedFor) {
  const auto r = run({"sh", "-c", "sleep 2 & echo done"}, milliseconds(1500));
  EXPECT_EQ(r.how, ended) << "the child holds the pipe open";
  EXPECT_EQ(r.output, "done\n");
}

TEST(RunProgram, OutputIsBounded) {
  EXPECT_EQ(run({"head", "-c", "8192", "/dev/zero"}).output.size(), 8192u);
  EXPECT_EQ(run({"head", "-c", "8193", "/dev/zero"}).how, too_much_output);
  EXPECT_EQ(run({"cat", "/dev/zero"}).how, too_much_output);
  EXPECT_TRUE(run({"cat", "/dev/zero"}).output.empty());
}

TEST(RunProgram, AStopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run({"sleep", "1000"}, milliseconds(60'000), 10, stop.get_token()).how, given_up);
}

TEST(RunProgram, WhatCannotBeRunSaysWhy) {
  const auto r = run_program("/nowhere/at-all", {"at-all"}, milliseconds(1000), 10);
  EXPECT_EQ(r.how, not_started);
  EXPECT_EQ(r.reason, std::errc::no_such_file_or_directory);
}

TEST(RunProgram, AProgramIsLookedForAlongThePath) {
  EXPECT_EQ(find_program("sh", "/nowhere::/bin"), "/bin/sh");
  EXPECT_EQ(find_program("/bin/sh", ""), "/bin/sh");
  EXPECT_EQ(find_program("sh", ""), std::nullopt);
  EXPECT_EQ(find_program("", "/bin"), std::nullopt);
  EXPECT_EQ(find_program("/etc/passwd", ""), std::nullopt) << "not executable";
  EXPECT_EQ(find_program("/bin", ""), std::nullopt) << "a folder";
}

}  // namespace
}  // namespace edgemesh::platform
