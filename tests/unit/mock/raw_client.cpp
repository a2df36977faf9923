#include "tests/unit/mock/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace edgemesh::mock::test {
namespace {

constexpr int patience_ms = 5000;

void read_head(answer& out) {
  out.status = std::atoi(out.head.substr(9, 3).c_str());
  std::size_t at = out.head.find("\r\n") + 2;
  while (at < out.head.size()) {
    const auto end = out.head.find("\r\n", at);
    const auto line = out.head.substr(at, end - at);
    const auto colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (colon != std::string::npos) out.headers[name] = line.substr(colon + 2);
    if (end == std::string::npos) break;
    at = end + 2;
  }
}

}  // namespace

raw_client::raw_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}

raw_client::~raw_client() { close(); }

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void raw_client::ask(std::string_view method, std::string_view path, std::string_view body,
                     std::string_view more_headers) {
  std::string out = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\n";
  if (more_headers.find("Host:") == std::string_view::npos) out += "Host: 127.0.0.1\r\n";
  out += more_headers;
  if (!body.empty())
    out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  send(out + "\r\n" + std::string(body));
}

bool raw_client::more() {
  pollfd waiting{fd_, POLLIN, 0};
  if (fd_ < 0 || ::poll(&waiting, 1, patience_ms) != 1) return false;
  char room[65536];
  const auto n = ::recv(fd_, room, sizeof room, 0);
  if (n < 0) reset_seen_ = errno == ECONNRESET;
  if (n <= 0) return end_seen_ = true, false;
  in_.append(room, static_cast<std::size_t>(n));
  return true;
}

bool raw_client::wait_for(std::string_view text) {
  while (in_.find(text) == std::string::npos)
    if (!more()) return false;
  return true;
}

answer raw_client::receive(bool has_body) {
  answer out;
  if (!wait_for("\r\n\r\n")) return out.was_reset = reset_seen_, out;
  const auto end = in_.find("\r\n\r\n");
  out.head = in_.substr(0, end);
  in_.erase(0, end + 4);
  read_head(out);
  if (!has_body) return out.is_whole = true, out;
  if (out.headers.contains("transfer-encoding")) {
    for (;;) {
      if (!wait_for("\r\n")) break;
      const auto size = std::strtoul(in_.c_str(), nullptr, 16);
      const auto start = in_.find("\r\n") + 2;
      while (in_.size() < start + size + 2 && more()) {
      }
      if (in_.size() < start + size + 2) break;
      if (size > 0) out.chunks.push_back(in_.substr(start, size));
      if (size > 0) out.body += out.chunks.back();
      in_.erase(0, start + size + 2);
      if (size == 0) return out.is_whole = true, out;
    }
  } else if (out.headers.contains("content-length")) {
    const auto size = std::strtoul(out.headers["content-length"].c_str(), nullptr, 10);
    while (in_.size() < size && more()) {
    }
    out.is_whole = in_.size() >= size;
    out.body = in_.substr(0, size);
    in_.erase(0, size);
  } else {
    while (more()) {
    }
    out.is_whole = end_seen_ && !reset_seen_;
    out.body = std::exchange(in_, {});
  }
  out.was_reset = reset_seen_;
  return out;
}

bool raw_client::is_closed_by_peer() {
  while (more()) {
  }
  return end_seen_;
}

void raw_client::half_close() { ::shutdown(fd_, SHUT_WR); }

void raw_client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void raw_client::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

answer fetch(std::uint16_t port, std::string_view method, std::string_view path, std::string_view body,
             std::string_view more_headers) {
  raw_client client(port);
  client.ask(method, path, body, more_headers);
  return client.receive(method != "HEAD");
}

std::vector<std::string> lines_of(std::string_view body) {
  std::vector<std::string> out;
  while (!body.empty()) {
    const auto end = body.find('\n');
    out.emplace_back(body.substr(0, end));
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return out;
}

std::vector<std::string> sse_events(std::string_view body) {
  std::vector<std::string> out;
  for (const auto& line : lines_of(body))
    if (line.starts_with("data: ")) out.push_back(line.substr(6));
  return out;
}

bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace edgemesh::mock::test
