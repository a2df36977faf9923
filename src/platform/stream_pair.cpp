#include "platform/stream_pair.hpp"

#if defined(_WIN32)
#include <winsock2.h>
#else
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace edgemesh::platform {

#if defined(_WIN32)

std::optional<std::array<socket_handle, 2>> make_stream_pair() noexcept { return std::nullopt; }  // it has none: no mesh there
void close_stream(socket_handle end) noexcept { closesocket(end); }

#else

namespace {

bool prepare(int fd) noexcept {
  return ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

}  // namespace

std::optional<std::array<socket_handle, 2>> make_stream_pair() noexcept {
  std::array<int, 2> ends{};
#if defined(__linux__)
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
#else
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return std::nullopt;
#endif
  if (prepare(ends[0]) && prepare(ends[1])) return ends;
  close_stream(ends[0]);
  close_stream(ends[1]);
  return std::nullopt;
}

void close_stream(socket_handle end) noexcept { ::close(end); }

#endif

}  // namespace edgemesh::platform
