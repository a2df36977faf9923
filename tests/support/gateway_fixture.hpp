// A gateway shard on its own thread with faked ports, and upstreams that play scripted bytes: the HTTP core end to end,
// without actors and without other processes.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "http/client_stream.hpp"
#include "http/server.hpp"
#include "net/listener.hpp"
#include "net/upstream_target.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

/// One step of a scripted connection.
struct step {
  enum class kind { send, wait, close, reset, hold, close_when_idle } what = kind::send;
  std::string bytes;
  milliseconds pause{0};
};
inline step send(std::string bytes) { return {step::kind::send, std::move(bytes), {}}; }
inline step pause(milliseconds d) { return {step::kind::wait, {}, d}; }
inline step close() { return {step::kind::close, {}, {}}; }
inline step reset() { return {step::kind::reset, {}, {}}; }
inline step hold() { return {step::kind::hold, {}, {}}; }  ///< keep the connection until the other end closes

/// Accepts connections; for each request (head and Content-Length body) plays the next script, the last one for ever.
class scripted_upstream {
 public:
  explicit scripted_upstream(std::vector<std::vector<step>> scripts) : scripts_(std::move(scripts)), acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}) {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] { accept_all(); });
  }
  ~scripted_upstream() {
    over_ = true;
    try {
      tcp::socket poke(io_);
      poke.connect({asio::ip::make_address("127.0.0.1"), port_});
    } catch (const std::exception&) {
    }
    thread_.join();
    {
      std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& t : connections_) t.join();
  }
  std::uint16_t port() const { return port_; }
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return connection_count_; }
  /// Milliseconds from the last sent step to the moment the gateway closed a held connection; -1 while open.
  bool wait_left(milliseconds limit) const {
    const auto until = steady_clock::now() + limit;
    while (steady_clock::now() < until) {
      if (left_) return true;
      std::this_thread::yield();
    }
    return left_;
  }

 private:
  void accept_all() {
    while (!over_) {
      tcp::socket s(io_);
      boost::system::error_code ec;
      acceptor_.accept(s, ec);
      if (ec || over_) break;
      ++connection_count_;
      connections_.emplace_back([this, moved = std::move(s)]() mutable { serve(std::move(moved)); });
    }
  }
  std::vector<step> next_script() {
    std::lock_guard lock(mutex_);
    return scripts_[std::min(played_++, scripts_.size() - 1)];
  }
  /// Among the open sockets while a connection is served, so that the destructor can end its reads.
  struct registered {
    registered(scripted_upstream& u, int f) : up(u), fd(f) {
      std::lock_guard lock(up.mutex_);
      up.open_.insert(fd);
    }
    ~registered() {
      std::lock_guard lock(up.mutex_);
      up.open_.erase(fd);
    }
    scripted_upstream& up;
    int fd;
  };
  void serve(tcp::socket s) {
    registered here(*this, s.native_handle());
    boost::system::error_code ec;
    std::string in;
    for (;;) {
      while (!complete(in)) {
        char b[4096];
        const auto n = s.read_some(asio::buffer(b), ec);
        if (ec) return;
        in.append(b, n);
      }
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(in);
      }
      in.clear();
      for (const auto& st : next_script()) {
        if (st.what == step::kind::send) asio::write(s, asio::buffer(st.bytes), ec);
        if (st.what == step::kind::wait) std::this_thread::sleep_for(st.pause);
        if (st.what == step::kind::close) return;
        if (st.what == step::kind::reset) {
          s.set_option(asio::socket_base::linger(true, 0), ec);
          s.close(ec);
          return;
        }
        if (st.what == step::kind::hold) {
          char b[64];
          while (!ec) s.read_some(asio::buffer(b), ec);
          left_ = true;
          return;
        }
      }
    }
  }
  static bool complete(const std::string& in) {
    const auto end = in.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto at = in.find("Content-Length: ");
    const std::size_t size = at == std::string::npos || at > end ? 0 : std::stoul(in.substr(at + 16, 20));
    return in.size() >= end + 4 + size;
  }

  asio::io_context io_;
  std::vector<std::vector<step>> scripts_;
  std::size_t played_ = 0;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_{false}, left_{false};
  std::atomic<int> connection_count_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::set<int> open_;
  std::thread thread_;
  std::vector<std::thread> connections_;
};

/// Answers one connection after its first bytes, and closes it with the rest of the request unread: the kernel resets it.
class hasty_upstream {
 public:
  explicit hasty_upstream(std::string answer) : acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}) {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this, answer = std::move(answer)] {
      boost::system::error_code ec;
      tcp::socket s(io_);
      acceptor_.accept(s, ec);
      char b[1024];
      s.read_some(asio::buffer(b), ec);
      asio::write(s, asio::buffer(answer), ec);
    });
  }
  ~hasty_upstream() {
    try {
      tcp::socket poke(io_);
      poke.connect({asio::ip::make_address("127.0.0.1"), port_});
      poke.shutdown(tcp::socket::shutdown_send);
      thread_.join();
    } catch (const std::exception&) {
      thread_.join();
    }
  }
  std::uint16_t port() const { return port_; }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Ports without actors. Everything but the table and options is touched on the shard's thread only.
class fake_ports final : public http::gateway_ports {
 public:
  std::shared_ptr<const routing::route_table> routes() const noexcept override { return table; }
  std::shared_ptr<const http::gateway_options> options() const noexcept override { return opts; }
  std::shared_ptr<const http::mesh_facts> mesh() const noexcept override { return facts; }
  http::mesh_ports* mesh_door() noexcept override { return door; }
  std::shared_ptr<const admission::key_ring> keys() const noexcept override { return ring; }
  bool keeps_accounts() const noexcept override { return has_accounts; }
  bool keep_usage(const usage_record& record) override {
    std::lock_guard lock(mutex);
    if (has_room) usage.push_back(record);
    return has_room;
  }
  admission::memory_budget& memory() noexcept override { return budget; }
  bool draining() const noexcept override { return is_draining; }
  bool ready() const noexcept override { return !is_draining; }
  bool connection_opened() noexcept override { return ++connections <= opts->connections_max || (--connections, false); }
  void connection_closed() noexcept override { --connections; }
  std::function<void()> session_opened(std::shared_ptr<http::session_link> link) override {
    std::lock_guard lock(mutex);
    links.push_back(std::move(link));
    return [] {};
  }
  void attempt_ended(http::attempt_outcome o) override {
    std::lock_guard lock(mutex);
    outcomes.push_back(std::move(o));
  }
  void borrow(const node_key& lender, milliseconds patience, std::function<void(borrowed)> taken) override {
    if (on_borrow) on_borrow(lender, patience, std::move(taken));
    else taken(nullptr);
  }
  void give_back(borrowed connection) override {
    if (on_give_back) on_give_back(std::move(connection));
  }
  void model_missed(std::string, std::function<void()> done) override {
    ++misses;
    if (on_miss) on_miss();
    done();
  }
  void request_finished(request_record r) override {
    std::lock_guard lock(mutex);
    records.push_back(std::move(r));
  }

  std::shared_ptr<const routing::route_table> table = std::make_shared<routing::route_table>();
  std::shared_ptr<const http::mesh_facts> facts;
  http::mesh_ports* door = nullptr;
  std::shared_ptr<const admission::key_ring> ring;  // null: everybody may ask
  std::atomic<bool> has_accounts{true}, has_room{true};
  std::shared_ptr<http::gateway_options> opts = std::make_shared<http::gateway_options>();
  admission::memory_budget budget{1u << 30};
  std::atomic<bool> is_draining{false};
  std::atomic<int> connections{0}, misses{0};
  std::function<void()> on_miss;
  std::function<void(const node_key&, milliseconds, std::function<void(borrowed)>)> on_borrow;
  std::function<void(borrowed)> on_give_back;
  std::mutex mutex;
  std::vector<std::shared_ptr<http::session_link>> links;
  std::vector<http::attempt_outcome> outcomes;
  std::vector<request_record> records;
  std::vector<usage_record> usage;
};

/// A ready backend of `node`, by its own connection to 127.0.0.1, with the model "m"; port 0 refuses connections.
inline std::shared_ptr<routing::backend_row> backend_on(std::uint16_t upstream_port, std::string name, std::string node, backend_kind kind,
                                                        const resilience::timeout_options& timeouts, std::uint64_t pool_key) {
  auto row = std::make_shared<routing::backend_row>();
  row->name = std::move(name);
  row->node = std::move(node);
  row->kind = kind;
  row->data_class = 2;
  row->cell = std::make_shared<backend_cell>();
  row->cell->health = backend_health::ready;
  model_offer offer;
  offer.name = offer.upstream = "m";
  row->models.push_back(offer);
  auto target = std::make_shared<net::upstream_target>();
  target->url = parse_backend_url("http://127.0.0.1:" + std::to_string(upstream_port == 0 ? 1 : upstream_port)).value();
  target->addresses = {{*parse_ip("127.0.0.1"), upstream_port == 0 ? std::uint16_t{1} : upstream_port}};
  target->host_header = target->url.host_header();
  target->timeouts = timeouts;
  target->pool_key = pool_key;
  routing::backend_path path;
  path.node = row->node;
  path.target = std::move(target);
  row->paths.push_back(std::move(path));
  return row;
}

/// A client connection with blocking reads that end after 5 s.
class test_client {
 public:
  explicit test_client(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    timeval limit{5, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view bytes) {
    boost::system::error_code ec;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ec);
  }
  /// Reads until `part` was seen, the end, or the limit; everything read so far is returned and kept.
  std::string& until(std::string_view part) {
    while (got_.find(part) == std::string::npos && read_once()) {
    }
    return got_;
  }
  std::string& until_end() {
    while (read_once()) {
    }
    return got_;
  }
  /// Reads once, at most `bytes`; what was read is kept. False at the end or the limit.
  bool read_some(std::size_t bytes) { return read_once(bytes); }
  void clear() { got_.clear(); }
  void close() { socket_.close(); }
  void half_close() { socket_.shutdown(tcp::socket::shutdown_send); }
  bool ended() const { return ended_; }

 private:
  bool read_once(std::size_t bytes = 16384) {
    char b[16384];
    const auto n = ::recv(socket_.native_handle(), b, std::min(bytes, sizeof b), 0);
    if (n <= 0) {
      ended_ = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
      return false;
    }
    got_.append(b, static_cast<std::size_t>(n));
    return true;
  }
  asio::io_context io_;
  tcp::socket socket_;
  std::string got_;
  bool ended_ = false;
};

class gateway : public ::testing::Test {
 protected:
  gateway() { ports.opts->node_name = "test-node"; ports.opts->node_instance = "00112233aabbccdd"; }
  void TearDown() override {
    if (!server) return;
    std::promise<void> stopped;
    asio::post(io, [this, &stopped] {
      server->stop_accepting();
      for (auto& l : ports.links)
        if (!l->over) l->stop.emit(asio::cancellation_type::terminal);
      stopped.set_value();
    });
    stopped.get_future().wait();
    const auto until = steady_clock::now() + seconds(5);
    while (ports.connections > 0 && steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(ports.connections, 0) << "a session did not end";
    io.stop();
    thread.join();
    server.reset();
  }

  /// Adds a backend of the OpenAI dialect; 0 makes one that refuses connections.
  std::shared_ptr<backend_cell> add_backend(std::string name, std::uint16_t upstream_port, int priority = 0, backend_kind kind = backend_kind::openai) {
    auto row = backend_on(upstream_port, std::move(name), "test-node", kind, ports.opts->timeouts, rows.size() + 1);
    row->priority = priority;
    auto cell = row->cell;
    rows.push_back(std::move(row));
    return cell;
  }
  using table_maker = std::function<std::shared_ptr<const routing::route_table>(const std::vector<std::shared_ptr<const routing::backend_row>>&)>;
  void start(const table_maker& make = {}) {
    ports.table = make ? make(rows) : std::make_shared<routing::route_table>(1, data_classes{}, rows, std::vector<routing::virtual_model>{});
    auto acceptor = net::bind_listener(io, {"127.0.0.1", 0}, "listen.api");
    ASSERT_TRUE(acceptor.has_value());
    port = acceptor->local_endpoint().port();
    server = std::make_unique<http::server>(io, std::move(*acceptor), ports, 0);
    server->start();
    thread = std::thread([this] {
      auto guard = asio::make_work_guard(io);
      io.run();
    });
  }
  static std::string post(std::string_view body, std::string_view extra = {}, std::string_view path = "/v1/chat/completions") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + std::string(extra) + "\r\n" + std::string(body);
  }
  static std::string chat(bool stream, std::string_view extra = {}) {
    return post(std::string(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":)") + (stream ? "true}" : "false}"), extra);
  }
  static std::string json_response(std::string_view body, int status = 200) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
  }
  static std::string sse_head() { return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"; }
  static std::string chunk(std::string_view bytes) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
  }
  static std::string delta(std::string_view inner, std::string_view finish = "null") {
    return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" +
           std::string(inner) + "},\"finish_reason\":" + std::string(finish) + "}]}\n\n";
  }
  static std::string role() { return delta(R"("role":"assistant","content":"")"); }
  static std::string text(std::string_view t) { return delta(R"("content":")" + std::string(t) + "\""); }
  static std::string stop() { return delta("", "\"stop\""); }
  static std::string done() { return "data: [DONE]\n\n"; }
  static constexpr std::string_view whole =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})";

  std::vector<request_record> records() {
    for (int i = 0; i < 2000; ++i) {
      {
        std::lock_guard lock(ports.mutex);
        if (!ports.records.empty()) return ports.records;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    return {};
  }

  fake_ports ports;
  std::vector<std::shared_ptr<const routing::backend_row>> rows;
  asio::io_context io{1};
  std::unique_ptr<http::server> server;
  std::thread thread;
  std::uint16_t port = 0;
};

}  // namespace edgemesh::testing
