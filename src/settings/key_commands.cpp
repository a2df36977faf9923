// Keys that programs print: backends[].api_key_command. What a program prints is told nowhere, not even where it is no key.
#include <algorithm>
#include <atomic>
#include <thread>

#include "base/ascii.hpp"
#include "platform/run_program.hpp"
#include "settings/draft.hpp"

namespace edgemesh::settings {
namespace {

using words = std::vector<std::string>;

/// One program for all backends that name it with the same words.
struct key_job {
  words command;
  std::vector<std::size_t> backends;  ///< places in settings.backends
  result<secret> key = secret();
};

std::vector<key_job> jobs_of(const node_settings& s) {
  std::vector<key_job> out;
  for (std::size_t i = 0; i < s.backends.size(); ++i) {
    const auto& command = s.backends[i].api_key_command;
    if (command.empty()) continue;
    const auto same = std::find_if(out.begin(), out.end(), [&](const key_job& j) { return j.command == command; });
    if (same == out.end())
      out.push_back({command, {i}});
    else
      same->backends.push_back(i);
  }
  return out;
}

std::string quoted(const std::string& word) { return "\"" + word + "\""; }

result<std::string> program_of(const std::string& name, const reading& context) {
  const bool is_path = name.find('/') != std::string::npos;
  const auto wanted = is_path ? (context.folder / name).string() : name;
  const auto found = platform::find_program(wanted, context.from.env("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
  if (found) return *found;
  return error{quoted(name) + (is_path ? " is no program that can be run" : " is no program that can be run from PATH")};
}

/// The key that a program printed on the only line of its output.
result<secret> key_in(std::string_view output, const std::string& name) {
  if (output.ends_with('\n')) output.remove_suffix(1);
  output = ascii::trim(output);
  if (output.empty()) return error{quoted(name) + " printed nothing"};
  if (!is_plain_text(output)) return error{quoted(name) + " printed no key: expected one line of plain text"};
  return secret(std::string(output));
}

result<secret> key_from(const words& command, instant until, const reading& context) {
  const auto& name = command.front();
  auto file = program_of(name, context);
  if (!file) return file.error();
  const auto& limits = context.limits;
  const auto limit = std::min(std::chrono::floor<milliseconds>(until - steady_clock::now()), limits.each);
  if (limit <= milliseconds(0)) return error{quoted(name) + " was not run: those before it took the " + format_duration(limits.all) + " that there are for all"};
  const auto run = platform::run_program(*file, command, limit, limits.output_max, context.stop);
  using enum platform::program_run::outcome;
  switch (run.how) {
    case ended: break;
    case ended_by_signal: return error{quoted(name) + " was ended by signal " + std::to_string(run.code)};
    case not_started: return error{quoted(name) + " cannot be run: " + run.reason.message()};
    case timed_out: return error{quoted(name) + " did not end within " + format_duration(limit)};
    case too_much_output: return error{quoted(name) + " printed more than " + format_bytes(limits.output_max)};
    case given_up: return error{quoted(name) + " was given up: the node ends"};
  }
  if (run.code != 0) return error{quoted(name) + " ended with exit code " + std::to_string(run.code)};
  return key_in(run.output, name);
}

void run_all(std::vector<key_job>& jobs, const reading& context) {
  const instant until = steady_clock::now() + context.limits.all;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < jobs.size(); i = next++) jobs[i].key = key_from(jobs[i].command, until, context);
  };
  std::vector<std::jthread> workers;  // joined at the end of this block
  while (workers.size() + 1 < std::min(jobs.size(), context.limits.at_once)) workers.emplace_back(work);
  work();
}

/// What becomes of each job is told of each backend that it is for.
void hand_out(const std::vector<key_job>& jobs, draft& all, reading& context) {
  for (const auto& job : jobs) {
    for (const auto i : job.backends) {
      auto& backend = all.settings.backends[i];
      if (job.key)
        backend.api_key = *job.key;
      else
        context.faults.add(all.key_commands[i], "backend " + backend.name + ": " + job.key.error().message);
    }
  }
}

}  // namespace

void read_key_commands(draft& all, reading& context) {
  if (context.from.commands == key_commands::skip) return;
  auto jobs = jobs_of(all.settings);
  if (context.from.commands == key_commands::run) {
    run_all(jobs, context);
  } else {
    for (auto& job : jobs)
      if (const auto file = program_of(job.command.front(), context); !file) job.key = file.error();
  }
  hand_out(jobs, all, context);
}

}  // namespace edgemesh::settings
