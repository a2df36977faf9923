// A second descriptor for one socket. Any thread.
#pragma once
#include <optional>

#if defined(_WIN32)
#include <cstdint>
namespace edgemesh::platform {
using socket_handle = std::uintptr_t;
}
#else
namespace edgemesh::platform {
using socket_handle = int;
}
#endif

namespace edgemesh::platform {

/// nullopt when the system has no descriptor left.
std::optional<socket_handle> duplicate_socket(socket_handle socket) noexcept;

}  // namespace edgemesh::platform
