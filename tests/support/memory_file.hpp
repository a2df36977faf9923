// A mapped file without a file, which can refuse room and break: for tests of what is built on one.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "platform/mapped_file.hpp"
#include "store/usage_journals.hpp"

namespace edgemesh::testing {

class memory_file final : public platform::mapped_file {
 public:
  explicit memory_file(std::size_t size) : memory_(size) {}
  std::span<char> bytes() noexcept override { return memory_; }
  bool prepare(std::size_t, std::size_t) noexcept override { return ++prepared, has_room.load(); }
  bool is_broken() const noexcept override { return breaks; }
  bool mend() noexcept override { return has_room && (breaks = false, true); }
  const std::vector<char>& memory() const noexcept { return memory_; }

  std::atomic<bool> has_room{true}, breaks{false};
  std::atomic<int> prepared{0};  ///< times

 private:
  std::vector<char> memory_;
};

/// Journals over `count` of them; `files` shows them.
inline store::usage_journals journals_in_memory(std::size_t count, std::size_t size, std::vector<memory_file*>* files = nullptr) {
  std::vector<std::unique_ptr<platform::mapped_file>> all;
  for (std::size_t i = 0; i < count; ++i) {
    auto file = std::make_unique<memory_file>(size);
    if (files != nullptr) files->push_back(file.get());
    all.push_back(std::move(file));
  }
  return store::usage_journals::over(std::move(all));
}

}  // namespace edgemesh::testing
