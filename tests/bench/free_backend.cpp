// A backend that costs next to nothing, for script/bench: prepared bytes, one thread, epoll. Speaks as much of the OpenAI
// API as a proxy's benchmark needs: GET /v1/models, POST with and without `"stream":true`, keep-alive.
//   free_backend PORT EVENTS INTERVAL_MS     a stream is EVENTS events, one each INTERVAL_MS; with `"user":"hold"` one, then silence
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using clock_type = std::chrono::steady_clock;

namespace {

std::string reply(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}
std::string chunk(std::string_view data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + std::string(data) + "\r\n";
}
std::string event(std::string_view choices, std::string_view more = "") {
  return "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[" +
         std::string(choices) + "]" + std::string(more) + "}\n\n";
}

const std::string models = reply("200 OK", R"({"object":"list","data":[{"id":"bench","object":"model","created":1700000000,"owned_by":"bench"}]})");
const std::string missing = reply("404 Not Found", R"({"error":{"message":"not found","type":"invalid_request_error","param":null,"code":null}})");
const std::string answer = reply("200 OK", R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"It is mild and bright in Paris today, with a light wind from the west and no rain before the evening."},"finish_reason":"stop"}],"usage":{"prompt_tokens":17,"completion_tokens":23,"total_tokens":40}})");
const std::string stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string first = chunk(event(R"({"index":0,"delta":{"role":"assistant","content":"It"},"finish_reason":null})"));
const std::string next = chunk(event(R"({"index":0,"delta":{"content":" is"},"finish_reason":null})"));
const std::string finish = chunk(event(R"({"index":0,"delta":{},"finish_reason":"stop"})"));
const std::string usage = chunk(event("", R"(,"usage":{"prompt_tokens":17,"completion_tokens":23,"total_tokens":40})"));
const std::string done = chunk("data: [DONE]\n\n") + "0\r\n\r\n";

struct client {
  int fd = -1;
  unsigned long serial = 0;
  std::string in;
  int left = 0;  ///< events still to send
  bool wants_usage = false;
};

struct backend {
  int poll = epoll_create1(0), events = 20, interval_ms = 0;
  std::map<int, client> clients;
  std::multimap<clock_type::time_point, std::pair<int, unsigned long>> due;
  unsigned long serials = 0;

  void write(client& c, std::string_view bytes) { (void)!send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  void drop(int fd) {
    clients.erase(fd);
    close(fd);
  }

  void step(client& c, clock_type::time_point when) {
    if (c.left == 0) return write(c, c.wants_usage ? finish + usage + done : finish + done);
    write(c, next);
    --c.left;
    due.emplace(when + std::chrono::milliseconds(interval_ms), std::pair{c.fd, c.serial});
  }

  void serve(client& c, std::string_view head, std::string_view body) {
    if (head.starts_with("GET /v1/models ")) return write(c, models);
    if (!head.starts_with("POST ")) return write(c, missing);
    if (body.find(R"("stream":true)") == std::string_view::npos) return write(c, answer);
    write(c, stream_head + first);
    if (body.find(R"("user":"hold")") != std::string_view::npos) return;
    c.wants_usage = body.find(R"("include_usage":true)") != std::string_view::npos;
    c.left = events - 1;
    due.emplace(clock_type::now() + std::chrono::milliseconds(interval_ms), std::pair{c.fd, c.serial});
  }

  static std::size_t content_length(std::string_view head) {
    for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos; at += 2) {
      const auto line = head.substr(at + 2, 16);
      if (line.size() > 15 && strncasecmp(line.data(), "content-length:", 15) == 0)
        return std::strtoul(head.data() + at + 17, nullptr, 10);
    }
    return 0;
  }

  void readable(int fd) {
    char buffer[65536];
    const auto n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return drop(fd);
    auto& c = clients[fd];
    c.in.append(buffer, static_cast<std::size_t>(n));
    while (true) {
      const auto head_end = c.in.find("\r\n\r\n");
      if (head_end == std::string::npos) return;
      const std::string_view head(c.in.data(), head_end + 2);
      const auto size = head_end + 4 + content_length(head);
      if (c.in.size() < size) return;
      serve(c, head, std::string_view(c.in).substr(head_end + 4, size - head_end - 4));
      c.in.erase(0, size);
    }
  }

  void run(int listener) {
    epoll_event wanted{}, ready[256];
    wanted.events = EPOLLIN;
    wanted.data.fd = listener;
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted);
    while (true) {
      const int count = epoll_wait(poll, ready, 256, due.empty() ? 1000 : 1);
      for (int i = 0; i < count; ++i) {
        if (ready[i].data.fd != listener) {
          readable(ready[i].data.fd);
          continue;
        }
        const int fd = accept(listener, nullptr, nullptr);
        if (fd < 0) continue;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients[fd] = client{fd, ++serials, {}, 0, false};
        wanted.data.fd = fd;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted);
      }
      const auto now = clock_type::now();
      while (!due.empty() && due.begin()->first <= now) {
        const auto when = due.begin()->first;
        const auto [fd, serial] = due.begin()->second;
        due.erase(due.begin());
        const auto found = clients.find(fd);
        if (found != clients.end() && found->second.serial == serial) step(found->second, when);
      }
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4096) != 0) {
    std::perror("listen");
    return 1;
  }
  backend b;
  b.events = std::atoi(argv[2]);
  b.interval_ms = std::atoi(argv[3]);
  b.run(listener);
}
