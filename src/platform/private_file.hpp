// Small files that hold a secret: made for their owner alone, read only while they still are. Any thread; blocks on disk.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace edgemesh::platform {

enum class private_file_state : std::uint8_t {
  good,
  missing,
  exists,       ///< create only: nothing was changed
  exposed,      ///< others than its owner have some access
  not_a_file,   ///< a folder, a device, a pipe
  too_large,
  failed,       ///< the system says why
};

struct private_file_read {
  private_file_state state = private_file_state::failed;
  std::string bytes;       ///< when good
  std::error_code reason;  ///< when failed
};
private_file_read read_private_file(const std::string& path, std::size_t bytes_max);

/// Users that are neither the owner nor of its group may read it. False where the system does not say.
bool everybody_may_read(const std::string& path);

struct private_file_made {
  private_file_state state = private_file_state::failed;
  std::error_code reason;
};
/// A new file with mode 0600 that is complete or absent: a process that dies halfway leaves nothing under `path`. On disk
/// when this returns.
private_file_made create_private_file(const std::string& path, std::string_view bytes);
/// `path` holds what `next` held, and there is no `next` any more: all of it or nothing, on disk when this returns.
private_file_made replace_private_file(const std::string& next, const std::string& path);

}  // namespace edgemesh::platform
