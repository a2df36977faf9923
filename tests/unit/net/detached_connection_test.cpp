// A connection that goes from one running loop to another.
#include <future>
#include <thread>

#include "mesh_fixture.hpp"
#include "net/mesh_acceptor.hpp"
#include "net/mesh_connection.hpp"
#include "net/mesh_dial.hpp"

namespace edgemesh::net {
namespace {

namespace asio = boost::asio;

/// As the loops of a node are: nothing locks their sockets.
struct running_loop {
  running_loop() : io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), work(io.get_executor()), thread([this] { io.run(); }) {}
  ~running_loop() {
    io.stop();
    thread.join();
  }
  template <class F>
  auto on(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto done = task.get_future();
    asio::post(io, [&task] { task(); });
    return done.get();
  }
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::thread thread;
};

struct one_byte_after_another {
  std::string got;
  std::promise<void> whole;
};

void read_all(mesh_connection& c, one_byte_after_another& into, std::size_t size) {
  c.socket.async_wait(testing::tcp::socket::wait_read, [&c, &into, size](boost::system::error_code) {
    char bytes[64];
    socket_tls::state s{};
    const auto n = c.tls->read(bytes, sizeof bytes, s);
    into.got.append(bytes, n);
    if (into.got.size() >= size || s == socket_tls::state::ended) return into.whole.set_value();
    read_all(c, into, size);
  });
}

TEST(DetachedConnection, GoesToAnotherRunningLoopAndBackWithItsTls) {
  testing::guest_list members;
  const auto server_id = make_identity(), client_id = make_identity();
  members.keys = {server_id->own_key(), client_id->own_key()};
  asio::io_context first;
  auto pair = testing::connect_pair(first);
  pair.server.non_blocking(true);
  pair.client.non_blocking(true);
  const auto server_tls = mesh_tls::make_server(*server_id, members.gate(), {mesh_protocol::lend});
  const auto client_tls = mesh_tls::make_client(*client_id, members.gate(), mesh_protocol::lend);
  auto st = std::make_unique<socket_tls>(server_tls->context(), pair.server);
  auto ct = std::make_unique<socket_tls>(client_tls->context(), pair.client, socket_tls::side::client);
  expect_key(ct->native_handle(), server_id->own_key());
  auto a = socket_tls::state::wants_read, b = a;
  for (int i = 0; i < 10000 && (a != socket_tls::state::done || b != socket_tls::state::done); ++i) {
    b = ct->shake_hands();
    a = st->shake_hands();
  }
  ASSERT_EQ(a, socket_tls::state::done);
  ASSERT_EQ(protocol_of(st->native_handle()), mesh_protocol::lend);
  mesh_connection client(std::move(pair.client), std::move(ct));
  mesh_connection server(std::move(pair.server), std::move(st));
  server.peer = client_id->own_key();
  const auto ticket = std::make_shared<const int>(0);
  server.ticket = ticket;

  running_loop one, two;
  std::optional<mesh_connection> here;
  auto detached = std::make_unique<detached_connection>(std::move(server).detach());
  for (auto* loop : {&one, &two, &one}) {
    one_byte_after_another heard;
    loop->on([&] {
      here.emplace(std::move(*detached).attach(loop->io.get_executor()));
      read_all(*here, heard, 5);
      return 0;
    });
    socket_tls::state s{};
    ASSERT_EQ(client.tls->write("hello", s), 5u);
    ASSERT_EQ(heard.whole.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(heard.got, "hello");
    loop->on([&] {
      // A wait that stands on it ends here; it must not touch what is gone.
      here->socket.async_wait(testing::tcp::socket::wait_read, [](boost::system::error_code ec) { EXPECT_EQ(ec, asio::error::operation_aborted); });
      here->socket.cancel();
      detached = std::make_unique<detached_connection>(std::move(*here).detach());
      here.reset();
      return 0;
    });
  }
  EXPECT_EQ(detached->peer(), client_id->own_key());
  EXPECT_EQ(ticket.use_count(), 2);
  detached.reset();  // nobody took it: it is closed
  EXPECT_EQ(ticket.use_count(), 1);
  client.socket.non_blocking(false);
  char byte;
  socket_tls::state s{};
  EXPECT_EQ(client.tls->read(&byte, 1, s), 0u);
  EXPECT_EQ(s, socket_tls::state::ended);
}

}  // namespace
}  // namespace edgemesh::net
