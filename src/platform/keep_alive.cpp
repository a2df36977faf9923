#include "platform/keep_alive.hpp"

#if defined(_WIN32)
#include <winsock2.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace edgemesh::platform {

namespace {

// An option that the system refuses keeps its default: the connection works, its end is noticed later.
void set(socket_handle socket, int level, int name, int value) noexcept {
  ::setsockopt(socket, level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

void keep_alive(socket_handle socket, const keep_alive_options& options) noexcept {
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (options.send_buffer_bytes > 0) set(socket, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes);
#if defined(TCP_KEEPIDLE)
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, options.idle_seconds);
#elif defined(TCP_KEEPALIVE)
  set(socket, IPPROTO_TCP, TCP_KEEPALIVE, options.idle_seconds);
#endif
#if defined(TCP_KEEPINTVL)
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, options.interval_seconds);
#endif
#if defined(TCP_KEEPCNT)
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, options.probes);
#endif
#if defined(TCP_USER_TIMEOUT)
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, options.unanswered_ms_max);
#endif
}

}  // namespace edgemesh::platform
