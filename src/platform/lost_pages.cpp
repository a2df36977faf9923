#include "platform/lost_pages.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <new>

#if !defined(_WIN32)
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace edgemesh::platform {

namespace {

/// Read by a signal handler: atomics alone.
struct watched {
  std::atomic<bool> is_taken{false};
  std::atomic<std::uintptr_t> begin{0};  // 0: not watched yet, or not any more
  std::atomic<std::size_t> size{0};
  std::atomic<bool> has_lost{false};
};
constinit std::array<watched, lost_pages::ranges_max> ranges;

#if !defined(_WIN32)

std::uintptr_t page_size = 0;
struct sigaction before;

bool replace_page(std::uintptr_t at) noexcept {
  const auto page = at / page_size * page_size;
  return mmap(reinterpret_cast<void*>(page), page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/// When it returns, the store is tried again.
void on_bus_error(int, siginfo_t* what, void*) {
  const int error = errno;
  const auto at = reinterpret_cast<std::uintptr_t>(what->si_addr);
  for (auto& r : ranges) {
    const auto begin = r.begin.load();
    if (begin == 0 || at < begin || at - begin >= r.size.load()) continue;
    r.has_lost.store(true);
    if (replace_page(at)) {
      errno = error;
      return;
    }
  }
  sigaction(SIGBUS, &before, nullptr);
}

void watch_signal() {
  static const bool is_watched = [] {
    page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    return sigaction(SIGBUS, &action, &before) == 0;
  }();
  (void)is_watched;
}

#else

void watch_signal() {}

#endif

std::size_t take_slot() {
  for (std::size_t i = 0; i < ranges.size(); ++i)
    if (!ranges[i].is_taken.exchange(true)) return i;
  throw std::bad_alloc();
}

}  // namespace

lost_pages::lost_pages(std::span<char> range) : slot_(take_slot()) {
  watch_signal();
  auto& r = ranges[slot_];
  r.has_lost = false;
  r.size = range.size();
  r.begin = reinterpret_cast<std::uintptr_t>(range.data());
}

lost_pages::~lost_pages() {
  ranges[slot_].begin = 0;
  ranges[slot_].is_taken = false;
}

bool lost_pages::any() const noexcept { return ranges[slot_].has_lost.load(std::memory_order_acquire); }
void lost_pages::forget() noexcept { ranges[slot_].has_lost = false; }

}  // namespace edgemesh::platform
