// What listen.peer lets a connection ask, and that hop headers mean nothing anywhere else.
#include <boost/asio/ssl.hpp>

#include "tests/support/peer_fixture.hpp"

namespace edgemesh::testing {
namespace {

/// A blocking TLS client that speaks as a node, with whatever head the test writes.
class raw_peer {
 public:
  raw_peer(const peer_node& to, const net::shared_identity& own, net::mesh_protocol protocol = net::mesh_protocol::http)
      : tls_(net::mesh_tls::make_client(*own, lets_everybody_in, protocol)), stream_(io_, tls_->context()) {
    stream_.next_layer().connect({asio::ip::make_address("127.0.0.1"), to.peer_port});
    net::expect_key(stream_.native_handle(), to.key());
    stream_.handshake(asio::ssl::stream_base::client);
  }
  void send(std::string_view bytes) { asio::write(stream_, asio::buffer(bytes.data(), bytes.size())); }
  std::string until(std::string_view part) {
    for (std::size_t looked = 0; got_.find(part, looked) == got_.npos;) {
      looked = got_.size() - std::min(got_.size(), part.size());
      char b[16384];
      boost::system::error_code ec;
      const auto n = stream_.read_some(asio::buffer(b), ec);
      if (ec) break;
      got_.append(b, n);
    }
    return got_;
  }
  std::string until_end() { return until("\x01nothing says this"); }
  /// Past TLS, straight onto the wire.
  void send_raw(std::string_view bytes) { asio::write(stream_.next_layer(), asio::buffer(bytes.data(), bytes.size())); }
  /// Says that it sends no more, and waits for the other side to end too.
  void shut_down() {
    boost::system::error_code ignored;
    stream_.shutdown(ignored);
  }

 private:
  asio::io_context io_;
  std::shared_ptr<const net::mesh_tls> tls_;
  asio::ssl::stream<tcp::socket> stream_;
  std::string got_;
};

class PeerListener : public peer_gateway {
 protected:
  /// The fields of a forwarded request, one of them replaced or, when `value` is empty, left out.
  static std::string fields(std::string_view name = {}, std::string_view value = {}) {
    std::vector<std::pair<std::string, std::string>> all{{"x-edgemesh-hop", "1"},           {"x-edgemesh-target", "owner/gpu"},
                                                         {"x-edgemesh-model", "m"},         {"x-edgemesh-data-class", "public"},
                                                         {"x-edgemesh-charge-id", "ch-1"}, {"x-edgemesh-time-left-ms", "30000"}};
    std::string out;
    for (const auto& [n, v] : all) {
      const std::string_view sent = n == name ? value : v;
      if (!sent.empty()) out += n + ": " + std::string(sent) + "\r\n";
    }
    return out;
  }
  void start_owner() {
    owner_.add_backend("gpu", up_.port());
    owner_.admit(identity->own_key(), "test-node");
    owner_.start();
  }
  std::string ask(const std::string& extra) {
    raw_peer c(owner_, identity);
    c.send(chat(false, extra));
    return c.until("}}");
  }
  scripted_upstream up_{{{send(json_response(whole))}}};
  peer_node owner_{"owner"};
};

TEST_F(PeerListener, AForwardedRequestIsServedAndToldTheLoad) {
  start_owner();
  const auto got = ask(fields());
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-load: 0;0;0\r\n"), std::string::npos) << got;
  EXPECT_NE(got.find("x-edgemesh-hops: 0\r\n"), std::string::npos) << got;
}

TEST_F(PeerListener, WhatIsMissingOrMalformedIsRefused) {
  start_owner();
  const std::pair<const char*, const char*> wrong[] = {
      {"x-edgemesh-hop", ""},        {"x-edgemesh-hop", "0"},          {"x-edgemesh-hop", "-1"},         {"x-edgemesh-hop", "one"},
      {"x-edgemesh-target", ""},     {"x-edgemesh-target", "gpu"},     {"x-edgemesh-target", "/gpu"},    {"x-edgemesh-target", "owner/"},
      {"x-edgemesh-model", ""},      {"x-edgemesh-model", "%"},        {"x-edgemesh-data-class", ""},    {"x-edgemesh-charge-id", ""},
      {"x-edgemesh-charge-id", "a b"}, {"x-edgemesh-time-left-ms", ""}, {"x-edgemesh-time-left-ms", "-5"}, {"x-edgemesh-time-left-ms", "99999999999"}};
  for (const auto& [name, value] : wrong) {
    const auto got = ask(fields(name, value));
    EXPECT_TRUE(got.starts_with("HTTP/1.1 400")) << name << "=" << value << "\n" << got;
    EXPECT_NE(got.find("bad_forward"), std::string::npos) << name;
  }
  EXPECT_TRUE(up_.requests().empty());
}

TEST_F(PeerListener, NoRequestPassesMoreThanTwoNodes) {
  start_owner();
  EXPECT_TRUE(ask(fields("x-edgemesh-hop", "2")).starts_with("HTTP/1.1 200"));
  const auto got = ask(fields("x-edgemesh-hop", "3"));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 508")) << got;
  EXPECT_NE(got.find("too_many_hops"), std::string::npos);
}

TEST_F(PeerListener, WhatIsNotHereIsNotLookedForElsewhere) {
  start_owner();
  for (const auto& f : {fields("x-edgemesh-target", "owner/nobody"), fields("x-edgemesh-target", "other/gpu"), fields("x-edgemesh-model", "x")}) {
    const auto got = ask(f);
    EXPECT_TRUE(got.starts_with("HTTP/1.1 421 Misdirected Request")) << got;
    EXPECT_NE(got.find("x-edgemesh-cause: turned_away not_here\r\n"), std::string::npos) << got;
  }
  EXPECT_EQ(owner_.ports.misses, 0);
}

TEST_F(PeerListener, ARelayPassesARequestOnOnceAndNoFurther) {
  // This node is the relay: it has a way to the owner, and lets another node ask for it.
  start_owner();
  peer_node relay("relay");
  auto row = backend_on(0, "gpu", "owner", backend_kind::openai, ports.opts->timeouts, 0);
  auto path = path_to(owner_);
  path.target = [&] {
    auto t = target_of(owner_.key(), owner_.peer_port, 77);
    t->tls = net::make_peer_tls(*relay.identity, owner_.key(), lets_everybody_in);
    return t;
  }();
  row->paths = {path};
  relay.rows.push_back(row);
  relay.admit(identity->own_key(), "test-node");
  owner_.stop();
  peer_node owner("owner");
  owner.add_backend("gpu", up_.port());
  owner.admit(relay.key(), "relay");
  auto target = std::make_shared<net::upstream_target>(*row->paths[0].target);
  target->addresses = {{*parse_ip("127.0.0.1"), owner.peer_port}};
  target->tls = net::make_peer_tls(*relay.identity, owner.key(), lets_everybody_in);
  row->paths[0].target = target;
  owner.start();
  relay.start();
  raw_peer first(relay, identity);
  first.send(chat(false, fields()));
  const auto got = first.until("total_tokens");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-hops: 1\r\n"), std::string::npos) << got;
  EXPECT_EQ(owner.records().front().peer, "relay");
  EXPECT_EQ(owner.records().front().charge_id, "ch-1");
  raw_peer second(relay, identity);
  second.send(chat(false, fields("x-edgemesh-hop", "2")));
  EXPECT_TRUE(second.until("}}").starts_with("HTTP/1.1 421"));
}

TEST_F(PeerListener, AKeyThatIsNoMembersAnyMoreIsRefusedOnAnOpenConnection) {
  start_owner();
  raw_peer c(owner_, identity);
  c.send(chat(false, fields()));
  EXPECT_TRUE(c.until("total_tokens").starts_with("HTTP/1.1 200"));
  owner_.ports.facts = std::make_shared<http::mesh_facts>();
  c.send(chat(false, fields()));
  const auto got = c.until_end();
  EXPECT_NE(got.find("HTTP/1.1 403"), std::string::npos) << got;
  EXPECT_NE(got.find("not_a_member"), std::string::npos);
}

TEST_F(PeerListener, PeersAreServedNothingButInference) {
  start_owner();
  for (const char* path : {"/v1/models", "/readyz", "/mesh/endpoints", "/mesh/v1/join", "/admin/v1/status"}) {
    raw_peer c(owner_, identity);
    c.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 404")) << path;
  }
  raw_peer c(owner_, identity);
  c.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(c.until("}").starts_with("HTTP/1.1 200"));
}

TEST_F(PeerListener, ACloseNotifyIsALeavingClient) {
  scripted_upstream silent({{hold()}});
  owner_.add_backend("gpu", silent.port());
  owner_.admit(identity->own_key(), "test-node");
  owner_.start();
  raw_peer c(owner_, identity);
  c.send(chat(false, fields()));
  while (silent.requests().empty()) std::this_thread::yield();
  const auto left = steady_clock::now();
  c.shut_down();
  EXPECT_TRUE(silent.wait_left(seconds(2)));
  EXPECT_LT(steady_clock::now() - left, milliseconds(100));
}

TEST_F(PeerListener, HalfARecordCostsNoCpu) {
  start_owner();
  raw_peer c(owner_, identity);
  c.send_raw(std::string("\x17\x03\x03\x40\x00", 5) + std::string(100, 'x'));  // 100 of 16384 bytes
  const auto cpu = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return milliseconds(t.tv_sec * 1000 + t.tv_nsec / 1'000'000);
  };
  std::this_thread::sleep_for(milliseconds(50));
  const auto before = cpu();
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_LT(cpu() - before, milliseconds(50));
}

TEST_F(PeerListener, LargeBodiesAndAnswersPass) {
  std::string long_answer(whole);
  long_answer.replace(long_answer.find("hello"), 5, std::string(3'000'000, 'y'));
  scripted_upstream up({{send(json_response(long_answer))}});
  owner_.add_backend("gpu", up.port());
  owner_.admit(identity->own_key(), "test-node");
  owner_.start();
  raw_peer c(owner_, identity);
  c.send(post(R"({"model":"m","messages":[{"role":"user","content":")" + std::string(5'000'000, 'x') + "\"}]}", fields()));
  EXPECT_GT(c.until("total_tokens").size(), 3'000'000u);
  EXPECT_GT(up.requests().at(0).size(), 5'000'000u);
}

TEST_F(PeerListener, HopHeadersMeanNothingOnTheApiListener) {
  add_backend("mine", up_.port());
  start();
  test_client c(port);
  // A client that claims to be a node: it would ask for another backend, a used up deadline, a charge of somebody else.
  c.send(chat(false, "x-edgemesh-hop: 7\r\nx-edgemesh-target: owner/gpu\r\nx-edgemesh-model: other\r\nx-edgemesh-time-left-ms: 0\r\n"
                     "x-edgemesh-principal: root\r\nx-edgemesh-charge-id: stolen\r\nx-edgemesh-load: 9;9;9\r\n"));
  const auto got = c.until("total_tokens");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_NE(got.find("x-edgemesh-backend: mine\r\n"), std::string::npos);
  EXPECT_EQ(got.find("x-edgemesh-load"), std::string::npos);
  EXPECT_NE(records().front().charge_id, "stolen");
  EXPECT_EQ(records().front().peer, "");
  EXPECT_EQ(up_.requests().at(0).find("x-edgemesh"), std::string::npos) << up_.requests().at(0);
}

TEST_F(PeerListener, TheApiListenerHasNoJoinPageAndListsEndpoints) {
  auto facts = std::make_shared<http::mesh_facts>();
  facts->endpoints = {{"fra-1", "fra", "https://llm.fra.example"}, {"ber-1", "", "https://llm.ber.example"}};
  ports.facts = facts;
  start();
  test_client c(port);
  c.send("POST /mesh/v1/join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 404"));
  c.clear();
  c.send("GET /mesh/endpoints HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(c.until("]}").find(R"({"data":[{"node":"fra-1","site":"fra","url":"https://llm.fra.example"},{"node":"ber-1","site":"","url":"https://llm.ber.example"}]})"),
            std::string::npos)
      << c.until("");
}

/// Takes join requests as the actor would, on another thread.
struct join_door final : http::mesh_ports {
  void join(http::join_question q, std::function<void(http::admin_answer)> reply) override {
    asked = std::move(q);
    worker = std::thread([reply = std::move(reply)] { reply({200, R"({"welcome":true})"}); });
  }
  void ask(http::mesh_question, std::function<void(http::admin_answer)> reply) override { reply({500, "{}"}); }
  ~join_door() override {
    if (worker.joinable()) worker.join();
  }
  http::join_question asked;
  std::thread worker;
};

TEST_F(PeerListener, AJoinerMayAskForTheJoinPageAloneAndOnlySmallThings) {
  join_door door;
  owner_.ports.door = &door;
  owner_.start();  // which knows nobody
  const auto newcomer = net::make_identity();
  const auto joining = [&](const std::string& request, std::string_view sign) {
    raw_peer c(owner_, newcomer, net::mesh_protocol::join);
    c.send(request);
    return c.until(sign);
  };
  const auto got = joining(post(R"({"token":"t"})", {}, "/mesh/v1/join"), "welcome");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_EQ(door.asked.body, R"({"token":"t"})");
  EXPECT_TRUE(door.asked.from.starts_with("127.0.0.1:"));
  EXPECT_TRUE(joining(post(std::string(17'000, 'x'), {}, "/mesh/v1/join"), "}}").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(joining("GET /mesh/v1/join HTTP/1.1\r\nHost: x\r\n\r\n", "}}").starts_with("HTTP/1.1 405"));
  for (const char* path : {"/v1/chat/completions", "/healthz", "/v1/models"})
    EXPECT_TRUE(joining(post("{}", fields(), path), "}}").starts_with("HTTP/1.1 404")) << path;
  EXPECT_TRUE(up_.requests().empty());
}

/// Takes members' questions as well.
struct question_door final : http::mesh_ports {
  void join(http::join_question, std::function<void(http::admin_answer)> reply) override { reply({500, "{}"}); }
  void ask(http::mesh_question q, std::function<void(http::admin_answer)> reply) override {
    asked = std::move(q);
    reply({403, R"({"said":"no"})"});
  }
  http::mesh_question asked;
};

TEST_F(PeerListener, AMembersQuestionGoesToTheDoorWithItsKeyAndTheConnectionStays) {
  question_door door;
  owner_.ports.door = &door;
  owner_.admit(identity->own_key(), "test-node");
  owner_.start();
  raw_peer c(owner_, identity);
  c.send(post(R"({"what":"sessions"})", {}, "/mesh/v1/ask"));
  const auto got = c.until("said");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 403")) << got;
  EXPECT_EQ(door.asked.body, R"({"what":"sessions"})");
  EXPECT_EQ(door.asked.from, identity->own_key());
  c.send(chat(false, fields()));
  EXPECT_NE(c.until("}}").find("not_here"), std::string::npos);
  raw_peer big(owner_, identity);
  big.send(post(std::string(5'000, 'x'), {}, "/mesh/v1/ask"));
  EXPECT_TRUE(big.until("}}").starts_with("HTTP/1.1 413"));
}

TEST_F(PeerListener, AJoinerAsksNoQuestions) {
  question_door door;
  owner_.ports.door = &door;
  owner_.start();
  raw_peer c(owner_, net::make_identity(), net::mesh_protocol::join);
  c.send(post(R"({"what":"sessions"})", {}, "/mesh/v1/ask"));
  EXPECT_TRUE(c.until("}}").starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(door.asked.body.empty());
}

}  // namespace
}  // namespace edgemesh::testing
