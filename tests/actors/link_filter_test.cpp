// BASP as CAF really speaks it, through the pumps and filters of two nodes and TLS between them: nothing that honest nodes say
// is refused. tests/unit/net/basp_filter_test.cpp holds the same against bytes that were written down.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <future>
#include <set>
#include <thread>

#include "actors/mesh/link_interfaces.hpp"
#include "actors/mesh/own_middleman.hpp"
#include "actors/runtime/house_config.hpp"
#include "net/link_pump.hpp"

namespace edgemesh::actors {
namespace {

using boost::asio::ip::tcp;

static_assert(net::node_id_key_bytes <= node_key::size);

/// An actor system, and an actor that sends each frame back with a letter more until it is ten letters long.
struct basp_node {
  struct config : house_config {
    explicit config(const node_key& self) : house_config(self) {}
  };
  explicit basp_node(net::shared_identity id) : identity(std::move(id)), conf(identity->own_key()), system(conf) {
    const auto run = [this](caf::event_based_actor* self, int) -> caf::behavior {
      self->set_down_handler([this](caf::down_msg&) { ++downs; });
      return {[this, self](frame_atom, const std::string& text) {
                longest = std::max<std::size_t>(longest, text.size());
                if (text.size() < 10) self->send(caf::actor_cast<caf::actor>(self->current_sender()), frame_atom::value, text + "x");
              },
              [self](const caf::actor& other) {
                self->monitor(other);
                self->send(other, frame_atom::value, std::string("x"));
                self->send(other, frame_atom::value, std::string(65536, 'y'));
              }};
    };
    root = system.spawn(run, 0);  // an init function without arguments trips UBSan inside CAF
  }
  ~basp_node() { stop(); }
  void stop() { caf::anon_send_exit(root, caf::exit_reason::user_shutdown); }
  caf::actor basp() { return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP")); }

  net::shared_identity identity;
  config conf;
  caf::actor_system system;
  caf::actor root;
  std::atomic<std::size_t> longest = 0;
  std::atomic<int> downs = 0;
};

class LinkFilter : public ::testing::Test {
 protected:
  LinkFilter() : thread_([this] { io_.run(); }) {}
  ~LinkFilter() override {
    boost::asio::post(io_, [this] {
      for (const auto& p : pumps_) p->close();
      pumps_.clear();
    });
    work_.reset();
    thread_.join();
  }
  /// TLS between the two, done here and now; pumps on the loop.
  void connect() {
    const auto anybody = [](const node_key&) { return true; };
    const auto server_tls = net::mesh_tls::make_server(*server.identity, anybody, {net::mesh_protocol::link});
    const auto client_tls = net::mesh_tls::make_client(*client.identity, anybody, net::mesh_protocol::link);
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    tcp::socket c(io_);
    c.connect(acceptor.local_endpoint());
    tcp::socket s = acceptor.accept();
    auto there = secure(std::move(s), *server_tls, net::socket_tls::side::server);
    auto here = secure(std::move(c), *client_tls, net::socket_tls::side::client);
    net::expect_key(here.tls->native_handle(), server.identity->own_key());
    for (int turn = 0; turn < 10; ++turn) {
      here.tls->shake_hands();
      there.tls->shake_hands();
    }
    start(std::move(there), server, client, false, [this](int fd) {
      caf::anon_send(server.basp(), caf::publish_atom_v, server.system.middleman().backend().new_scribe(fd), std::uint16_t{1},
                     caf::actor_cast<caf::strong_actor_ptr>(server.root), std::set<std::string>{});
    });
    start(std::move(here), client, server, true, [this](int fd) { dialled_.set_value(fd); });
  }
  static net::mesh_connection secure(tcp::socket socket, const net::mesh_tls& tls, net::socket_tls::side side) {
    socket.non_blocking(true);
    auto made = std::make_unique<net::socket_tls>(tls.context(), socket, side);
    return {std::move(socket), std::move(made)};
  }
  void start(net::mesh_connection connection, const basp_node& self, const basp_node& peer, bool is_dialled, std::function<void(int)> opened) {
    auto pump = net::link_pump::make(std::move(connection), {.self = self.identity->own_key(), .peer = peer.identity->own_key(), .is_dialled = is_dialled},
                                     {}, {std::move(opened), [this](const std::string&, net::basp_fault fault) {
                                            faults_ += fault != net::basp_fault::none ? 1 : 0;
                                            ++closed_;
                                          }});
    ASSERT_TRUE(pump);
    pumps_.push_back(*pump);
    (*pump)->start();
  }
  /// The server's actor, as the client sees it.
  caf::actor remote() {
    const int fd = dialled_.get_future().get();
    caf::scoped_actor self(client.system);
    caf::actor found;
    self->request(client.basp(), seconds(5), caf::connect_atom_v, client.system.middleman().backend().new_scribe(fd), std::uint16_t{1})
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& p, const std::set<std::string>&) { found = caf::actor_cast<caf::actor>(p); },
                 [](const caf::error&) {});
    return found;
  }
  static bool eventually(const std::function<bool()>& f) {
    for (const auto until = steady_clock::now() + seconds(10); steady_clock::now() < until && !f();) std::this_thread::yield();
    return f();
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::shared_ptr<net::link_pump>> pumps_;
  std::promise<int> dialled_;
  std::atomic<int> faults_ = 0, closed_ = 0;
  std::thread thread_;
  basp_node server{net::make_identity()}, client{net::make_identity()};
};

TEST_F(LinkFilter, LetsAllPassThatTwoHonestNodesSay) {
  connect();
  const auto there = remote();
  ASSERT_TRUE(there);
  caf::anon_send(client.root, there);
  EXPECT_TRUE(eventually([&] { return server.longest == 65536 && client.longest >= 10; }));
  server.stop();  // its end is told
  EXPECT_TRUE(eventually([&] { return client.downs == 1; }));
  EXPECT_EQ(closed_, 0);
  EXPECT_EQ(faults_, 0);
}

TEST_F(LinkFilter, CutsANodeThatSpeaksOfMoreThanFrames) {
  connect();
  const auto there = remote();
  ASSERT_TRUE(there);
  caf::anon_send(client.root, there);
  EXPECT_TRUE(eventually([&] { return server.longest == 65536; }));
  caf::anon_send_exit(there, caf::exit_reason::kill);
  EXPECT_TRUE(eventually([&] { return closed_ == 2; }));
  EXPECT_EQ(faults_, 1);
}

}  // namespace
}  // namespace edgemesh::actors
