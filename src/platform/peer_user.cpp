#include "platform/peer_user.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#endif

namespace edgemesh::platform {

std::int64_t own_user() noexcept { return static_cast<std::int64_t>(::geteuid()); }

#ifdef __linux__

namespace {

/// Closes a descriptor when it goes.
struct descriptor {
  int fd = -1;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// One end of a connection as the kernel's diagnosis names it.
struct end {
  std::uint8_t family = 0;
  std::uint16_t port = 0;     // network order
  std::uint32_t address[4]{};
  bool is_loopback = false;
};

end end_of(const sockaddr_storage& s) noexcept {
  end out;
  out.family = static_cast<std::uint8_t>(s.ss_family);
  if (s.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(s);
    out.port = in.sin_port;
    out.address[0] = in.sin_addr.s_addr;
    out.is_loopback = (ntohl(in.sin_addr.s_addr) >> 24) == 127;
  } else if (s.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(s);
    out.port = in.sin6_port;
    std::memcpy(out.address, &in.sin6_addr, sizeof out.address);
    out.is_loopback = IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
  }
  return out;
}

struct diagnosis_request {
  nlmsghdr head;
  inet_diag_req_v2 body;
};

}  // namespace

/// Asked of the kernel (sock_diag(7)) for the socket whose own end is our other end.
std::optional<std::int64_t> user_at_other_end(int connected_socket) noexcept {
  sockaddr_storage here{}, there{};
  socklen_t here_size = sizeof here, there_size = sizeof there;
  if (::getsockname(connected_socket, reinterpret_cast<sockaddr*>(&here), &here_size) != 0) return std::nullopt;
  if (::getpeername(connected_socket, reinterpret_cast<sockaddr*>(&there), &there_size) != 0) return std::nullopt;
  const end own = end_of(here), other = end_of(there);
  if (!other.is_loopback) return std::nullopt;
  const descriptor netlink{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
  if (netlink.fd < 0) return std::nullopt;
  const timeval patience{0, 100'000};
  (void)::setsockopt(netlink.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  diagnosis_request request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = other.family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  request.body.id.idiag_sport = other.port;
  request.body.id.idiag_dport = own.port;
  std::memcpy(request.body.id.idiag_src, other.address, sizeof other.address);
  std::memcpy(request.body.id.idiag_dst, own.address, sizeof own.address);
  request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  if (::send(netlink.fd, &request, sizeof request, 0) != static_cast<ssize_t>(sizeof request)) return std::nullopt;
  alignas(nlmsghdr) char answer[1024];
  const auto got = ::recv(netlink.fd, answer, sizeof answer, 0);
  nlmsghdr head{};
  inet_diag_msg found{};
  if (got < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof found)) return std::nullopt;
  std::memcpy(&head, answer, sizeof head);
  if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
  std::memcpy(&found, answer + NLMSG_HDRLEN, sizeof found);
  return static_cast<std::int64_t>(found.idiag_uid);
}

#else

std::optional<std::int64_t> user_at_other_end(int) noexcept { return std::nullopt; }

#endif

}  // namespace edgemesh::platform
