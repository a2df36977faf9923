// Two or more nodes in one process: the gateway fixture is the entry, each peer has a shard on its own thread, faked ports and a
// listen.peer of its own. Between them is real TLS with both sides' keys.
#pragma once
#include <array>

#include "net/client_tls.hpp"
#include "net/mesh_acceptor.hpp"
#include "tests/support/gateway_fixture.hpp"

namespace edgemesh::testing {

inline bool lets_everybody_in(const node_key&) { return true; }

/// A node that owns backends and serves other nodes.
class peer_node {
 public:
  explicit peer_node(std::string name) {
    ports.opts->node_name = std::move(name);
    ports.opts->node_instance = "ffeeddccbbaa0011";
    auto api = net::bind_listener(io, {"127.0.0.1", 0}, "listen.api");
    api_port = api->local_endpoint().port();
    server = std::make_unique<http::server>(io, std::move(*api), ports, 1);
    open_peer_port();
  }
  ~peer_node() { stop(); }

  const node_key& key() const { return identity->own_key(); }
  const std::string& name() const { return ports.opts->node_name; }

  std::shared_ptr<backend_cell> add_backend(std::string backend, std::uint16_t upstream_port, backend_kind kind = backend_kind::openai) {
    rows.push_back(backend_on(upstream_port, std::move(backend), name(), kind, ports.opts->timeouts, rows.size() + 1));
    return rows.back()->cell;
  }
  void admit(const node_key& who, std::string as, class_level up_to = 2) { members[who] = {std::move(as), "", up_to}; }
  void start() {
    auto facts = std::make_shared<http::mesh_facts>();
    facts->clearance = clearance;
    facts->peers = members;
    ports.facts = std::move(facts);
    ports.table = std::make_shared<routing::route_table>(
        1, data_classes{}, std::vector<std::shared_ptr<const routing::backend_row>>(rows.begin(), rows.end()), std::vector<routing::virtual_model>{});
    server->start();
    acceptor->start();
    thread = std::thread([this] {
      auto guard = asio::make_work_guard(io);
      io.run();
    });
  }
  /// What `question` answers on this node's own thread, where sessions may be looked at.
  template <class F>
  auto ask(F question) {
    std::packaged_task<decltype(question())()> task(std::move(question));
    auto answer = task.get_future();
    asio::post(io, [&task] { task(); });
    return answer.get();
  }
  /// Cuts everything at once, as a death would, but waits for the coroutines.
  void stop() {
    if (!thread.joinable()) return;
    ask([this] {
      server->stop_accepting();
      acceptor->stop();
      for (auto& l : ports.links)
        if (!l->over) l->stop.emit(asio::cancellation_type::terminal);
    });
    const auto until = steady_clock::now() + seconds(5);
    while (ports.connections > 0 && steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(ports.connections, 0) << "a session of " << name() << " did not end";
    io.stop();
    thread.join();
    server.reset();
    acceptor.reset();
  }
  /// A connection that this node has dialled, to serve on it.
  void serve_lent(net::detached_connection c, http::lent_watch watch) {
    asio::post(io, [this, c = std::move(c), watch = std::move(watch)]() mutable {
      server->adopt(std::move(c).attach(io.get_executor()), std::move(watch));
    });
  }
  std::vector<request_record> records() {
    for (int i = 0; i < 3000; ++i) {
      {
        std::lock_guard lock(ports.mutex);
        if (!ports.records.empty()) return ports.records;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    return {};
  }

  fake_ports ports;
  net::shared_identity identity = net::make_identity();
  std::unordered_map<node_key, http::mesh_peer> members;
  class_level clearance = 2;
  std::vector<std::shared_ptr<routing::backend_row>> rows;
  std::uint16_t api_port = 0, peer_port = 0;

 private:
  void open_peer_port() {
    auto listener = net::bind_listener(io, {"127.0.0.1", 0}, "listen.peer");
    peer_port = listener->local_endpoint().port();
    const auto tls = net::mesh_tls::make_server(*identity, lets_everybody_in, {net::mesh_protocol::http, net::mesh_protocol::join});
    acceptor = std::make_shared<net::mesh_acceptor>(io, std::move(*listener), tls, net::mesh_acceptor_options{},
                                                    [this](net::mesh_connection c) { server->adopt(std::move(c)); });
  }
  asio::io_context io{1};
  std::unique_ptr<http::server> server;
  std::shared_ptr<net::mesh_acceptor> acceptor;
  std::thread thread;
};

/// The cable to a peer: passes bytes on until it is cut.
class wire {
 public:
  explicit wire(std::uint16_t to) : to_(to), acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}) {
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~wire() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  /// Every connection is reset at both ends, and no further one accepted.
  void cut() {
    std::promise<void> done;
    asio::post(io_, [&] {
      acceptor_.close();
      for (auto& s : ends_)
        if (s->is_open()) {
          s->set_option(asio::socket_base::linger(true, 0));
          s->close();
        }
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  using end = std::shared_ptr<tcp::socket>;
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket s) {
      if (ec) return;
      const auto here = std::make_shared<tcp::socket>(std::move(s)), there = std::make_shared<tcp::socket>(io_);
      there->connect({asio::ip::make_address("127.0.0.1"), to_}, ec);
      ends_.insert(ends_.end(), {here, there});
      pass(here, there, std::make_shared<std::array<char, 65536>>());
      pass(there, here, std::make_shared<std::array<char, 65536>>());
      accept();
    });
  }
  void pass(end from, end to, std::shared_ptr<std::array<char, 65536>> bytes) {
    from->async_read_some(asio::buffer(*bytes), [=, this](boost::system::error_code ec, std::size_t n) {
      boost::system::error_code failed;
      if (ec) {
        to->close(failed);
        return;
      }
      asio::write(*to, asio::buffer(bytes->data(), n), failed);
      pass(from, to, bytes);
    });
  }
  asio::io_context io_{1};
  const std::uint16_t to_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::vector<end> ends_;
  std::thread thread_;
};

class peer_gateway : public gateway {
 protected:
  /// Where a peer, or what stands for one, listens for this node.
  std::shared_ptr<net::upstream_target> target_of(const node_key& key, std::uint16_t port_of_peer, std::uint64_t pool_key) {
    auto target = std::make_shared<net::upstream_target>();
    target->url = parse_backend_url("https://127.0.0.1:" + std::to_string(port_of_peer)).value();
    target->addresses = {{*parse_ip("127.0.0.1"), port_of_peer}};
    target->host_header = target->url.host_header();
    target->tls = net::make_peer_tls(*identity, key, lets_everybody_in);
    target->timeouts = ports.opts->timeouts;
    target->pool_key = pool_key;
    return target;
  }
  routing::backend_path path_to(const peer_node& peer, double distance_ms = 1, std::uint16_t through = 0) {
    routing::backend_path path;
    path.node = peer.name();
    path.local = false;
    path.hops = 1;
    path.distance_ms = distance_ms;
    path.cell = std::make_shared<routing::path_cell>();
    path.target = target_of(peer.key(), through != 0 ? through : peer.peer_port, 1000 + peer.peer_port);
    return path;
  }
  /// A backend of a peer, as the entry's table has it.
  std::shared_ptr<routing::backend_row> add_remote(peer_node& peer, std::string backend, double distance_ms = 1, std::uint16_t through = 0) {
    auto row = backend_on(0, std::move(backend), peer.name(), backend_kind::openai, ports.opts->timeouts, 0);
    row->paths = {path_to(peer, distance_ms, through)};
    peer.admit(identity->own_key(), "test-node");
    rows.push_back(row);
    return row;
  }

  net::shared_identity identity = net::make_identity();
};

}  // namespace edgemesh::testing
