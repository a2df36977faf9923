// When a file cannot have a page of a mapping any more (the disk is full, somebody cut the file), the system answers a store with a signal that
// ends the process, SIGBUS. In ranges that are watched here it puts plain memory in the page's place instead, and the range knows; systemd's journal
// protects itself in the same way. Elsewhere the signal does what it did before. Any thread. On Windows it watches nothing.
#pragma once
#include <cstddef>
#include <span>

namespace edgemesh::platform {

class lost_pages {
 public:
  static constexpr std::size_t ranges_max = 1024;

  /// Throws std::bad_alloc when ranges_max are watched.
  explicit lost_pages(std::span<char> range);
  ~lost_pages();
  lost_pages(const lost_pages&) = delete;
  lost_pages& operator=(const lost_pages&) = delete;

  bool any() const noexcept;
  /// The range is whole again.
  void forget() noexcept;

 private:
  std::size_t slot_;
};

}  // namespace edgemesh::platform
