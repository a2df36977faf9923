#include "platform/run_program.hpp"

#if !defined(_WIN32)
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

extern char** environ;
#endif

namespace edgemesh::platform {

#if defined(_WIN32)

std::optional<std::string> find_program(const std::string&, std::string_view) { return std::nullopt; }
program_run run_program(const std::string&, const std::vector<std::string>&, std::chrono::milliseconds, std::size_t, const std::stop_token&) {
  return {program_run::outcome::not_started, 0, std::make_error_code(std::errc::function_not_supported), {}};
}

#else

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

bool can_be_run(const std::string& file) {
  struct stat about {};
  return ::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

struct pipe_ends {
  int read = -1, write = -1;
  ~pipe_ends() {
    close_one(read);
    close_one(write);
  }
  static void close_one(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

bool open_pipe(pipe_ends& out) {
  int fds[2];
  if (::pipe(fds) != 0) return false;
  out.read = fds[0];
  out.write = fds[1];
  return ::fcntl(out.read, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(out.write, F_SETFD, FD_CLOEXEC) == 0 &&
         ::fcntl(out.read, F_SETFL, O_NONBLOCK) == 0;
}

/// What posix_spawn is told; the first call that fails is the error of all.
class spawn_orders {
 public:
  spawn_orders() { failure_ = ::posix_spawn_file_actions_init(&files_) | ::posix_spawnattr_init(&attributes_); }
  ~spawn_orders() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  spawn_orders(const spawn_orders&) = delete;
  spawn_orders& operator=(const spawn_orders&) = delete;

  int start(pid_t& pid, const char* file, char* const* words, int output) {
    want(::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO));
    want(::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    want(::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0));
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(__APPLE__)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#elif defined(__GLIBC__)
    want(::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1));  // sockets are not marked close-on-exec
#endif
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    want(::posix_spawnattr_setsigmask(&attributes_, &none));
    want(::posix_spawnattr_setsigdefault(&attributes_, &all));  // this process ignores SIGPIPE
    want(::posix_spawnattr_setpgroup(&attributes_, 0));
    want(::posix_spawnattr_setflags(&attributes_, flags));
    return failure_ != 0 ? failure_ : ::posix_spawn(&pid, file, &files_, &attributes_, words, environ);
  }

 private:
  void want(int code) {
    if (failure_ == 0) failure_ = code;
  }
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
  int failure_ = 0;
};

/// A child that was started and not yet waited for.
class running_program {
 public:
  running_program(pid_t pid, int output, std::size_t output_max) : pid_(pid), output_(output), output_max_(output_max) {}

  /// Nothing was read for `pause` at most, or something was: true while the program may say or do more.
  bool goes_on(milliseconds pause) {
    pollfd watched{output_, POLLIN, 0};
    (void)::poll(&watched, is_open_ ? 1u : 0u, static_cast<int>(pause.count()));
    has_ended_ = look_for_end();  // first: what it wrote before is then in the pipe
    read_all();
    return !has_ended_ && text_.size() <= output_max_;
  }
  bool said_too_much() const { return text_.size() > output_max_; }
  void kill() {
    if (has_ended_) return;  // its number may be another's by now
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);  // before it has made its group
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
  }
  program_run report() {
    if (lost_) return {program_run::outcome::not_started, 0, lost_, {}};
    if (WIFSIGNALED(status_)) return {program_run::outcome::ended_by_signal, WTERMSIG(status_), {}, {}};
    return {program_run::outcome::ended, WEXITSTATUS(status_), {}, std::move(text_)};
  }

 private:
  bool look_for_end() {
    const auto found = ::waitpid(pid_, &status_, WNOHANG);
    if (found < 0 && errno != EINTR) lost_ = {errno, std::generic_category()};  // who started this process ignores SIGCHLD
    return found == pid_ || lost_;
  }
  void read_all() {
    char buffer[4096];
    while (is_open_ && text_.size() <= output_max_) {
      const auto n = ::read(output_, buffer, sizeof buffer);
      if (n > 0)
        text_.append(buffer, static_cast<std::size_t>(n));
      else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        is_open_ = false;
      else if (errno == EAGAIN)
        return;
    }
  }

  pid_t pid_;
  int output_, status_ = 0;
  std::size_t output_max_;
  bool is_open_ = true, has_ended_ = false;
  std::string text_;
  std::error_code lost_;
};

}  // namespace

std::optional<std::string> find_program(const std::string& name, std::string_view path_list) {
  if (name.find('/') != std::string::npos) return can_be_run(name) ? std::optional(name) : std::nullopt;
  while (!name.empty() && !path_list.empty()) {
    const auto colon = path_list.find(':');
    const auto folder = path_list.substr(0, colon);
    auto file = std::string(folder.empty() ? "." : folder) + "/" + name;
    if (can_be_run(file)) return file;
    path_list.remove_prefix(colon == std::string_view::npos ? path_list.size() : colon + 1);
  }
  return std::nullopt;
}

program_run run_program(const std::string& file, const std::vector<std::string>& words, milliseconds limit, std::size_t output_max,
                        const std::stop_token& stop) {
  using enum program_run::outcome;
  const auto failed = [](int code) { return program_run{not_started, 0, {code, std::generic_category()}, {}}; };
  pipe_ends pipe;
  if (!open_pipe(pipe)) return failed(errno);
  std::vector<char*> list;
  for (const auto& w : words) list.push_back(const_cast<char*>(w.c_str()));
  list.push_back(nullptr);
  const auto until = steady::now() + limit;
  pid_t pid = 0;
  if (const int code = spawn_orders().start(pid, file.c_str(), list.data(), pipe.write); code != 0) return failed(code);
  pipe_ends::close_one(pipe.write);
  running_program program(pid, pipe.read, output_max);
  constexpr milliseconds look_again{20};  // a child that ends wakes nobody
  for (milliseconds pause{1}; program.goes_on(pause); pause = std::min(2 * pause, look_again)) {
    if (stop.stop_requested() || steady::now() >= until) {
      program.kill();
      return {stop.stop_requested() ? given_up : timed_out, 0, {}, {}};
    }
  }
  if (program.said_too_much()) {
    program.kill();
    return {too_much_output, 0, {}, {}};
  }
  return program.report();
}

#endif

}  // namespace edgemesh::platform
