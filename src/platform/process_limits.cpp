#include "platform/process_limits.hpp"

#include <csignal>
#include <cstdlib>

#if defined(_WIN32)

namespace edgemesh::platform {
void raise_descriptor_limit() noexcept {}
void forbid_core_dumps() noexcept {}
void ignore_broken_pipes() noexcept {}
void exit_now(int code) noexcept { std::_Exit(code); }
}  // namespace edgemesh::platform

#else

#include <sys/resource.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EDGEMESH_LEAK_CHECK  // its leak check traces this process, which needs a dumpable one
#endif
#endif

namespace edgemesh::platform {

void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void forbid_core_dumps() noexcept {
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__) && !defined(EDGEMESH_LEAK_CHECK)
  prctl(PR_SET_DUMPABLE, 0);  // also where core_pattern pipes into a program
#endif
}

void ignore_broken_pipes() noexcept { std::signal(SIGPIPE, SIG_IGN); }

void exit_now(int code) noexcept { std::_Exit(code); }

}  // namespace edgemesh::platform

#endif
