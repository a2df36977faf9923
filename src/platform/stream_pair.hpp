// Two connected byte streams inside this process: what one end writes, the other reads. Any thread.
#pragma once
#include <array>
#include <optional>

#include "platform/duplicate_socket.hpp"

namespace edgemesh::platform {

/// Non-blocking, not inherited by child processes; the caller owns both ends. nullopt when the system has no descriptor left.
std::optional<std::array<socket_handle, 2>> make_stream_pair() noexcept;
/// Of an end that nobody took over.
void close_stream(socket_handle end) noexcept;

}  // namespace edgemesh::platform
