// Runs a program to its end for what it prints: words as they are, no shell. The program gets this process's environment and working folder,
// an empty standard input, and of open files nothing else: what it says on standard error is dropped. It has a process group of its own; a run that is
// given up ends the whole group. Blocks for as long as the program runs, at most `limit`; any thread. Where a system has no such call
// (Windows), nothing can be run.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace edgemesh::platform {

/// The file that a program's name means: itself where it has a slash, else the first that can be run in one of the folders of
/// `path_list` ("/usr/bin:/bin"). nullopt: there is none, or it may not be run.
std::optional<std::string> find_program(const std::string& name, std::string_view path_list);

struct program_run {
  enum class outcome : std::uint8_t {
    ended,             ///< by itself, with `code`
    ended_by_signal,   ///< `code` is the signal
    not_started,       ///< `reason` says why
    timed_out,
    too_much_output,
    given_up,          ///< somebody asked for a stop
  };
  outcome how = outcome::not_started;
  int code = 0;
  std::error_code reason;
  std::string output;  ///< when ended
};
/// `file` as find_program() gives it; `words` with the program's name first.
program_run run_program(const std::string& file, const std::vector<std::string>& words, std::chrono::milliseconds limit,
                        std::size_t output_max, const std::stop_token& stop = {});

}  // namespace edgemesh::platform
