// A load generator for script/bench: one thread, epoll, nothing allocated per event. Prints one JSON object.
//   load_client json   HOST PORT RATE SECONDS CONNECTIONS   requests at a fixed rate; latency from send to the last byte
//   load_client stream HOST PORT STREAMS INTERVAL_MS        that many streams at once; first token and gaps between events
//   load_client hold   HOST PORT STREAMS                    opens streams that stay open; says "open", waits for its stdin
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using clock_type = std::chrono::steady_clock;
using instant = clock_type::time_point;

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double microseconds(clock_type::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return -1;
  const auto k = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k), values.end());
  return values[k];
}

struct connection {
  int fd = -1;
  std::string received;
  instant sent{}, last_event{};
  int events = 0;
  bool busy = false;
};

struct options {
  std::string_view mode;
  sockaddr_in address{};
  double rate = 0, seconds = 0;
  int connections = 0, interval_ms = 0;
};

std::string request_for(bool stream, bool hold, std::string_view host) {
  std::string body = R"({"model":"bench","messages":[{"role":"user","content":"Say something about the weather in Paris, please."}],)";
  body += hold ? R"("user":"hold",)" : "";
  body += stream ? R"("stream":true})" : R"("temperature":0.5})";
  const char* key = std::getenv("BENCH_KEY");
  const std::string authorization = key != nullptr ? "\r\nAuthorization: Bearer " + std::string(key) : "";
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: " + std::string(host) + authorization +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void open_socket(connection& c, const options& o, int poll) {
  c.fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c.fd < 0 || connect(c.fd, reinterpret_cast<const sockaddr*>(&o.address), sizeof o.address) != 0) fail("connect");
  const int on = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(c.fd, F_SETFL, fcntl(c.fd, F_GETFL) | O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &c;
  epoll_ctl(poll, EPOLL_CTL_ADD, c.fd, &event);
}

void send_request(connection& c, const std::string& request) {
  c.received.clear();
  c.events = 0;
  c.busy = true;
  c.sent = clock_type::now();
  if (send(c.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) fail("send");
}

/// Appends what there is; false at the end of the connection.
bool receive(connection& c) {
  char buffer[65536];
  const auto n = recv(c.fd, buffer, sizeof buffer, 0);
  if (n <= 0) return n < 0 && errno == EAGAIN;
  c.received.append(buffer, static_cast<std::size_t>(n));
  return true;
}

/// Bytes of the whole reply, by its Content-Length or its last chunk; 0 while it is not complete.
std::size_t complete_reply(const std::string& r) {
  const auto head = r.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  std::string lower = r.substr(0, head);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
  if (!lower.starts_with("http/1.1 200")) {
    std::fprintf(stderr, "%s\n", r.c_str());
    std::exit(1);
  }
  const auto at = lower.find("content-length:");
  if (at == std::string::npos) {
    const auto end = r.find("\r\n0\r\n\r\n", head);
    return end == std::string::npos ? 0 : end + 7;
  }
  std::size_t begin = lower.find_first_not_of(' ', at + 15), length = 0;
  std::from_chars(lower.data() + begin, lower.data() + lower.size(), length);
  return r.size() >= head + 4 + length ? head + 4 + length : 0;
}

void run_json(const options& o, int poll, const std::string& request) {
  std::vector<connection> pool(static_cast<std::size_t>(o.connections));
  for (auto& c : pool) open_socket(c, o, poll);
  std::vector<double> latency;
  std::vector<connection*> idle;
  for (auto& c : pool) idle.push_back(&c);
  const auto start = clock_type::now();
  const auto end = start + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(o.seconds));
  const auto step = std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(1.0 / o.rate));
  auto due = start;
  std::size_t late = 0;
  epoll_event events[256];
  while (true) {
    auto now = clock_type::now();
    for (; now < end && due <= now; due += step) {
      if (idle.empty()) { ++late; continue; }
      send_request(*idle.back(), request);
      idle.pop_back();
    }
    if (now >= end && idle.size() == pool.size()) break;
    if (now >= end + std::chrono::seconds(5)) { std::fprintf(stderr, "answers are missing\n"); std::exit(1); }
    const int count = epoll_wait(poll, events, 256, 1);
    for (int i = 0; i < count; ++i) {
      auto& c = *static_cast<connection*>(events[i].data.ptr);
      if (!receive(c)) { std::fprintf(stderr, "connection lost\n"); std::exit(1); }
      if (c.busy && complete_reply(c.received) != 0) {
        latency.push_back(microseconds(clock_type::now() - c.sent));
        c.busy = false;
        idle.push_back(&c);
      }
    }
  }
  const auto n = latency.size();
  std::printf(R"({"requests":%zu,"late":%zu,"p50_us":%.1f,"p99_us":%.1f})" "\n", n, late, quantile(latency, 0.5), quantile(latency, 0.99));
}

/// Counts complete events in what came since `from`, and notes first token and gaps.
void note_events(connection& c, std::size_t from, int interval_ms, std::vector<double>& first, std::vector<double>& jitter) {
  const auto now = clock_type::now();
  for (auto at = c.received.find("data: {", from > 7 ? from - 7 : 0); at != std::string::npos; at = c.received.find("data: {", at + 1)) {
    if (at + 7 <= from) continue;  // seen in an earlier read
    if (c.events++ == 0) first.push_back(microseconds(now - c.sent));
    else jitter.push_back(std::abs(microseconds(now - c.last_event) - interval_ms * 1000.0));
    c.last_event = now;
  }
}

void run_streams(const options& o, int poll, const std::string& request, bool hold) {
  std::vector<connection> streams(static_cast<std::size_t>(o.connections));
  std::vector<double> first, jitter;
  epoll_event events[256];
  std::size_t opened = 0, finished = 0, with_content = 0, total_events = 0;
  const auto start = clock_type::now();
  while (hold ? with_content < streams.size() : finished < streams.size()) {
    // One new stream each 400 µs: a ramp, not a burst.
    while (opened < streams.size() && clock_type::now() - start >= std::chrono::microseconds(400) * opened) {
      open_socket(streams[opened], o, poll);
      send_request(streams[opened++], request);
    }
    if (clock_type::now() - start > std::chrono::seconds(60)) { std::fprintf(stderr, "streams do not end\n"); std::exit(1); }
    const int count = epoll_wait(poll, events, 256, 1);
    for (int i = 0; i < count; ++i) {
      auto& c = *static_cast<connection*>(events[i].data.ptr);
      const auto from = c.received.size();
      const bool alive = receive(c);
      const int before = c.events;
      note_events(c, from, o.interval_ms, first, jitter);
      if (before == 0 && c.events > 0) ++with_content;
      if (c.busy && complete_reply(c.received) != 0) {
        c.busy = false;
        ++finished;
        total_events += static_cast<std::size_t>(c.events);
        close(c.fd);
      } else if (!alive && c.busy) {
        std::fprintf(stderr, "stream lost: %s\n", c.received.c_str());
        std::exit(1);
      }
    }
  }
  std::printf(R"({"streams":%zu,"events":%zu,"ttft_p50_us":%.1f,"ttft_p99_us":%.1f,"jitter_p50_us":%.1f,"jitter_p99_us":%.1f})" "\n",
              streams.size(), total_events, quantile(first, 0.5), quantile(first, 0.99), quantile(jitter, 0.5), quantile(jitter, 0.99));
  std::fflush(stdout);
  if (hold) {
    char byte;
    (void)!read(0, &byte, 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  options o;
  o.mode = argv[1];
  o.address.sin_family = AF_INET;
  o.address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[3])));
  inet_pton(AF_INET, argv[2], &o.address.sin_addr);
  const int poll = epoll_create1(0);
  const auto host = std::string(argv[2]) + ":" + argv[3];
  if (o.mode == "json" && argc == 7) {
    o.rate = std::atof(argv[4]);
    o.seconds = std::atof(argv[5]);
    o.connections = std::atoi(argv[6]);
    run_json(o, poll, request_for(false, false, host));
  } else if ((o.mode == "stream" && argc == 6) || o.mode == "hold") {
    o.connections = std::atoi(argv[4]);
    o.interval_ms = argc > 5 ? std::atoi(argv[5]) : 0;
    run_streams(o, poll, request_for(true, o.mode == "hold", host), o.mode == "hold");
  } else {
    return 2;
  }
}
