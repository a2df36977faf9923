// Requests to a node that cannot be dialled, over connections that it has opened itself. Three threads, as in a node: the entry's
// shard, the owner's, and the loop of the stash between them.
#include "http/forward_fields.hpp"
#include "http/lent_stash.hpp"
#include "net/mesh_dial.hpp"
#include "net/name_resolver.hpp"
#include "tests/support/peer_fixture.hpp"

namespace edgemesh::testing {
namespace {

class PeerLent : public peer_gateway {
 protected:
  PeerLent() {
    auto listener = net::bind_listener(control, {"127.0.0.1", 0}, "listen.peer");
    lend_port = listener->local_endpoint().port();
    acceptor = std::make_shared<net::mesh_acceptor>(control, std::move(*listener),
                                                    net::mesh_tls::make_server(*identity, lets_everybody_in, {net::mesh_protocol::lend}),
                                                    net::mesh_acceptor_options{}, [this](net::mesh_connection c) { stash.put(std::move(c)); });
    acceptor->start();
    ports.on_borrow = [this](const node_key& lender, milliseconds patience, auto taken) { borrow(lender, patience, taken); };
    ports.on_give_back = [this](http::gateway_ports::borrowed c) {
      if (auto lent = c->release_lent())
        asio::post(control, [this, d = std::move(*lent).detach()]() mutable { stash.put(std::move(d).attach(control.get_executor())); });
    };
    thread_of_control = std::thread([this] {
      auto guard = asio::make_work_guard(control);
      control.run();
    });
  }
  void TearDown() override {
    peer_gateway::TearDown();
    on_control([this] {
      acceptor->stop();
      stash.stop();
    });
    control.stop();
    thread_of_control.join();
  }
  template <class F>
  void on_control(F f) {
    std::promise<void> done;
    asio::post(control, [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }
  void borrow(const node_key& lender, milliseconds patience, std::function<void(http::gateway_ports::borrowed)> taken) {
    asio::post(control, [this, lender, patience, taken] {
      stash.borrow(lender, patience, [this, taken](std::optional<net::mesh_connection> c) {
        std::optional<net::detached_connection> d;
        if (c) d.emplace(std::move(*c).detach());
        asio::post(io, [this, taken, d = std::move(d)]() mutable {
          taken(d ? std::make_unique<net::upstream_connection>(std::move(*d).attach(io.get_executor())) : nullptr);
        });
      });
    });
  }
  /// The owner opens a connection to this node and serves on it.
  void lend(peer_node& owner) {
    const auto before = idle(owner);
    on_control([&] {
      const auto dial = std::make_shared<net::mesh_dial>(control, resolver, net::mesh_tls::make_client(*owner.identity, lets_everybody_in, net::mesh_protocol::lend));
      dial->start({{"127.0.0.1", lend_port}, identity->own_key()}, [this, dial, &owner](result<net::mesh_connection> c) {
        ASSERT_TRUE(c) << c.error().message;
        owner.serve_lent(std::move(*c).detach(), [this](http::lent_event e) {
          std::lock_guard lock(ports.mutex);
          events += e == http::lent_event::taken ? "t" : e == http::lent_event::idle ? "i" : "e";
        });
      });
    });
    until([&] { return idle(owner) > before; });
  }
  std::size_t idle(const peer_node& owner) {
    std::size_t n = 0;
    on_control([&] { n = stash.idle(owner.key()); });
    return n;
  }
  static void until(const std::function<bool()>& f) {
    for (int i = 0; i < 5000 && !f(); ++i) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(f()) << "waited in vain";
  }
  /// On the loop of the stash: until the answer's body is here.
  static void read_answer(const std::shared_ptr<net::mesh_connection>& c, std::string& into, std::promise<void>& over) {
    c->socket.async_wait(tcp::socket::wait_read, [c, &into, &over](boost::system::error_code) {
      char bytes[4096];
      net::socket_tls::state s{};
      into.append(bytes, c->tls->read(bytes, sizeof bytes, s));
      if (s == net::socket_tls::state::ended || into.find("total_tokens") != std::string::npos) return over.set_value();
      read_answer(c, into, over);
    });
  }
  std::shared_ptr<routing::backend_row> add_lent(peer_node& owner, std::string backend) {
    auto row = add_remote(owner, std::move(backend));
    auto target = std::make_shared<net::upstream_target>();
    target->lender = owner.key();
    target->host_header = owner.name();
    target->timeouts = ports.opts->timeouts;
    row->paths[0].target = target;
    return row;
  }

  asio::io_context control{1};
  net::name_resolver resolver{control};
  http::lent_stash stash{control, [] {}};
  std::shared_ptr<net::mesh_acceptor> acceptor;
  std::thread thread_of_control;
  std::uint16_t lend_port = 0;
  std::string events;
};

TEST_F(PeerLent, RequestsReachANodeThatNobodyCanDial) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  test_client c(port);
  for (int i = 0; i < 4; ++i) {
    c.clear();
    c.send(chat(false));
    const auto got = c.until("total_tokens");
    ASSERT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
    EXPECT_NE(got.find("x-edgemesh-backend: owner/gpu\r\n"), std::string::npos);
    EXPECT_NE(got.find("x-edgemesh-hops: 1\r\n"), std::string::npos);
    until([&] { return idle(owner) == 1; });
  }
  EXPECT_EQ(owner.records().front().peer, "test-node");
  EXPECT_EQ(owner.records().front().charge_id, records().front().charge_id);
  until([&] {
    std::lock_guard lock(ports.mutex);
    return events == "titititi";  // one connection for all
  });
}

TEST_F(PeerLent, AStreamPassesWithItsUsageCounted) {
  scripted_upstream up({{send(sse_head() + chunk(role() + text("hel")) + chunk(text("lo") + stop() + done()) + "0\r\n\r\n")}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  test_client c(port);
  c.send(chat(true));
  const auto got = c.until("0\r\n\r\n");
  EXPECT_NE(got.find("\"content\":\"hel\""), std::string::npos) << got;
  EXPECT_NE(got.find("[DONE]"), std::string::npos);
  until([&] { return idle(owner) == 1; });
  EXPECT_GT(records().front().usage.completion_tokens, 0);
}

TEST_F(PeerLent, AClientThatLeavesStopsTheBackendWithinATenthOfASecond) {
  for (const bool has_content : {false, true}) {
    scripted_upstream up({{send(sse_head() + chunk(role() + (has_content ? text("he") : ""))), hold()}});
    peer_node owner("owner");
    owner.add_backend("gpu", up.port());
    rows.clear();
    const auto row = add_lent(owner, "gpu");
    owner.start();
    if (!server) start();
    ports.table = std::make_shared<routing::route_table>(
        1, data_classes{}, std::vector<std::shared_ptr<const routing::backend_row>>{row}, std::vector<routing::virtual_model>{});
    lend(owner);
    test_client c(port);
    c.send(chat(true));
    while (up.requests().empty()) std::this_thread::yield();
    if (has_content) c.until("\"he\"");
    const auto left = steady_clock::now();
    c.close();
    EXPECT_TRUE(up.wait_left(milliseconds(2000)));
    EXPECT_LT(steady_clock::now() - left, milliseconds(100));
    EXPECT_EQ(owner.records().front().status, 499);
    EXPECT_EQ(idle(owner), 0u);  // its answer was not complete
    EXPECT_EQ(row->paths[0].cell->losses, 0);
  }
}

TEST_F(PeerLent, ASlowReaderHoldsUpTheOwnersBackendToo) {
  std::string flood;
  for (int i = 0; i < 64; ++i) flood += chunk(text(std::string(64 * 1024, 'x')));
  std::vector<step> script{send(sse_head() + chunk(role()))};
  for (int i = 0; i < 16; ++i) script.push_back(send(flood));  // 64 MiB
  script.push_back(hold());
  scripted_upstream up({script});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  test_client c(port);
  c.send(chat(true));
  c.until("xxx");
  const auto sent = [&] { return owner.ask([&] { return owner.ports.links.at(0)->view.bytes_out; }); };
  auto before = sent() - 1;
  for (int i = 0; i < 40 && before != sent(); ++i) {
    before = sent();
    std::this_thread::sleep_for(milliseconds(250));
  }
  EXPECT_EQ(sent(), before);
  EXPECT_LT(before, 48u << 20);
  c.close();
  EXPECT_TRUE(up.wait_left(seconds(2)));
}

TEST_F(PeerLent, ARequestWaitsForTheNextConnection) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  http::gateway_ports::borrowed held;
  std::atomic<bool> is_held{false};
  borrow(owner.key(), seconds(1), [&](http::gateway_ports::borrowed b) {
    held = std::move(b);
    is_held = true;
  });
  until([&] { return is_held.load(); });
  test_client c(port);
  c.send(chat(false));
  lend(owner);  // taken at once by the one that waits
  EXPECT_TRUE(c.until("total_tokens").starts_with("HTTP/1.1 200"));
  std::promise<void> gone;
  asio::post(io, [&] {
    held.reset();
    gone.set_value();
  });
  gone.get_future().wait();
}

TEST_F(PeerLent, AClientThatLeavesWhileItWaitsTakesNoConnectionAway) {
  peer_node owner("owner");
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  std::vector<std::function<void(http::gateway_ports::borrowed)>> waiting;
  std::atomic<bool> has_asked{false};
  ports.on_borrow = [&](const node_key&, milliseconds, auto taken) {
    waiting.push_back(taken);
    has_asked = true;
  };
  test_client c(port);
  c.send(chat(true));
  until([&] { return has_asked.load(); });
  c.close();
  ASSERT_EQ(records().front().status, 499);
  borrow(owner.key(), seconds(1), [&](http::gateway_ports::borrowed b) { waiting.front()(std::move(b)); });  // too late
  until([&] { return idle(owner) == 1; });
}

TEST_F(PeerLent, OneThatHadDiedUnnoticedCostsTheRequestNothing) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port());
  add_lent(owner, "gpu");
  owner.start();
  start();
  lend(owner);
  http::gateway_ports::borrowed dead;
  std::atomic<bool> is_held{false};
  borrow(owner.key(), seconds(1), [&](http::gateway_ports::borrowed b) {
    dead = std::move(b);
    is_held = true;
  });
  until([&] { return is_held.load(); });
  owner.ask([&] {
    for (auto& l : owner.ports.links) l->stop.emit(asio::cancellation_type::terminal);
    return 0;
  });
  lend(owner);
  std::atomic<int> given{0};
  ports.on_borrow = [&](const node_key& k, milliseconds p, auto taken) {
    if (given++ == 0) taken(std::move(dead));
    else borrow(k, p, taken);
  };
  test_client c(port);
  c.send(chat(false));
  const auto got = c.until("total_tokens");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-attempts: 1\r\n"), std::string::npos);
  EXPECT_EQ(given, 2);
}

TEST_F(PeerLent, WithoutAConnectionAnotherWayIsTaken) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner"), other("other");
  other.add_backend("gpu", up.port());
  const auto lost = add_lent(owner, "gpu");
  add_remote(other, "gpu", 500);
  owner.start();
  other.start();
  start();
  test_client c(port);
  c.send(chat(false));
  const auto got = c.until("total_tokens");
  EXPECT_NE(got.find("x-edgemesh-backend: other/gpu"), std::string::npos) << got;
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::path_lost);
  EXPECT_EQ(lost->paths[0].cell->losses, 1);
}

TEST_F(PeerLent, ARelayPassesTheRequestOnOverALentConnection) {
  // test-node (this one) is the relay: it is asked by `entry` and has a connection from `owner`.
  scripted_upstream up({{send(json_response(whole))}});
  peer_node owner("owner");
  owner.add_backend("gpu", up.port())->in_flight = 3;
  add_lent(owner, "gpu");
  owner.start();
  auto facts = std::make_shared<http::mesh_facts>();
  facts->clearance = 2;
  const auto entry = net::make_identity();
  facts->peers[entry->own_key()] = {"entry", "", 2};
  ports.facts = facts;
  start();
  lend(owner);
  // A request of one hop arrives at this node's listen.peer.
  auto listener = net::bind_listener(control, {"127.0.0.1", 0}, "listen.peer");
  const auto peer_port = listener->local_endpoint().port();
  auto arrivals = std::make_shared<net::mesh_acceptor>(
      control, std::move(*listener), net::mesh_tls::make_server(*identity, lets_everybody_in, {net::mesh_protocol::http}), net::mesh_acceptor_options{},
      [this](net::mesh_connection c) {
        asio::post(io, [this, d = std::move(c).detach()]() mutable { server->adopt(std::move(d).attach(io.get_executor())); });
      });
  on_control([&] { arrivals->start(); });
  std::string got;
  std::promise<void> over;
  on_control([&] {
    const auto dial = std::make_shared<net::mesh_dial>(control, resolver, net::mesh_tls::make_client(*entry, lets_everybody_in, net::mesh_protocol::http));
    dial->start({{"127.0.0.1", peer_port}, identity->own_key()}, [&, dial](result<net::mesh_connection> c) {
      ASSERT_TRUE(c) << c.error().message;
      auto connection = std::make_shared<net::mesh_connection>(std::move(*c));
      net::upstream_target t;
      t.host_header = "relay";
      http::forward_head head{1, "owner", "gpu", "m", "internal", "", "ch-1", seconds(5)};
      const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
      const auto text = http::write_forward_head(t, "/v1/chat/completions", body.size(), head, "", "") + body;
      net::socket_tls::state s{};
      connection->tls->write(text, s);
      read_answer(connection, got, over);
    });
  });
  over.get_future().wait_for(seconds(5));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-load: 3;0;"), std::string::npos) << got;  // the owner's word, passed on
  EXPECT_EQ(owner.records().front().peer, "test-node");
  on_control([&] { arrivals->stop(); });
}

}  // namespace
}  // namespace edgemesh::testing
