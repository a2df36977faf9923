// A file whose bytes are memory: what a thread stores there is the kernel's at once and outlives the process, without a call. It does not by
// itself survive loss of power. Opening blocks; the bytes are any thread's, who writes where is agreed among those who hold it.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>

namespace edgemesh::platform {

class mapped_file {
 public:
  virtual ~mapped_file() = default;
  virtual std::span<char> bytes() noexcept = 0;
  /// Makes sure that stores into these bytes will neither wait for the disk nor fail, as far as the system can tell: after it wrote a page
  /// out, the next store asks the file system again. False: there is no room, or the disk fails. Blocks.
  virtual bool prepare(std::size_t offset, std::size_t length) noexcept = 0;
};

/// `path` with `size` bytes, made for its owner alone and filled with zeros, so that its room on disk is taken, where it is not there or has
/// another size. Null: `failure` says why.
std::unique_ptr<mapped_file> open_mapped_file(const std::filesystem::path& path, std::size_t size, std::error_code& failure);

}  // namespace edgemesh::platform
