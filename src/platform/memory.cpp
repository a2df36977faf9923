#include "platform/memory.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#if !defined(_WIN32)
#include <unistd.h>
#endif

namespace edgemesh::platform {

#if defined(_WIN32)

std::uint64_t machine_memory_bytes() noexcept { return std::uint64_t{4} << 30; }
std::uint64_t resident_memory_bytes() noexcept { return 0; }

#else

namespace {

/// The first number of a small file; 0 when there is none ("max", no such file).
std::uint64_t number_in(const char* path, int skip = 0) noexcept {
  std::FILE* f = std::fopen(path, "re");
  if (f == nullptr) return 0;
  unsigned long long v = 0;
  for (int i = 0; i <= skip; ++i)
    if (std::fscanf(f, "%llu", &v) != 1) v = 0;
  std::fclose(f);
  return v;
}

}  // namespace

std::uint64_t machine_memory_bytes() noexcept {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  std::uint64_t bytes = pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : std::uint64_t{4} << 30;
  for (const char* limit : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (const auto allowed = number_in(limit); allowed > 0) bytes = std::min(bytes, allowed);
  return std::max(bytes, std::uint64_t{64} << 20);
}

std::uint64_t resident_memory_bytes() noexcept {
  const long page = sysconf(_SC_PAGESIZE);
  return page > 0 ? number_in("/proc/self/statm", 1) * static_cast<std::uint64_t>(page) : 0;
}

#endif

}  // namespace edgemesh::platform
