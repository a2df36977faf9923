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
  /// Does now what the first store into a page has to wait for: a page that is new or was written to the disk since is asked for again from the file
  /// system. False: there is no room, or the disk fails. Blocks.
  virtual bool prepare(std::size_t offset, std::size_t length) noexcept = 0;
  /// The file could not have a page that was asked for (no room, or somebody cut it): plain memory stands there since (lost_pages.hpp), and
  /// what is stored is lost with the process. Any thread; a few nanoseconds.
  virtual bool is_broken() const noexcept = 0;
  /// Puts the file's bytes back in place. False: not yet. Blocks.
  virtual bool mend() noexcept = 0;
};

/// `path` with `size` bytes, made for its owner alone and filled with zeros, so that its room on disk is taken, where it is not there or has
/// another size. Null: `failure` says why.
std::unique_ptr<mapped_file> open_mapped_file(const std::filesystem::path& path, std::size_t size, std::error_code& failure);

}  // namespace edgemesh::platform
