#include "platform/duplicate_socket.hpp"

#if defined(_WIN32)
#include <winsock2.h>
#else
#include <fcntl.h>
#endif

namespace edgemesh::platform {

std::optional<socket_handle> duplicate_socket(socket_handle socket) noexcept {
#if defined(_WIN32)
  WSAPROTOCOL_INFOW info;
  if (WSADuplicateSocketW(socket, GetCurrentProcessId(), &info) != 0) return std::nullopt;
  const SOCKET copy = WSASocketW(info.iAddressFamily, info.iSocketType, info.iProtocol, &info, 0, WSA_FLAG_OVERLAPPED);
  if (copy == INVALID_SOCKET) return std::nullopt;
  return static_cast<socket_handle>(copy);
#else
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return std::nullopt;
  return copy;
#endif
}

}  // namespace edgemesh::platform
