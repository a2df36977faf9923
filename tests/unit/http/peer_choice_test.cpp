// What makes the entry pick again, and what it must not learn from it: refusals of the owner, and lost ways.
#include "tests/support/peer_fixture.hpp"

namespace edgemesh::testing {
namespace {

using namespace std::string_view_literals;

class PeerChoice : public peer_gateway {
 protected:
  /// Two owners of a backend of the same model; the first is nearer.
  void two_owners() {
    near_.add_backend("gpu", up_.port());
    far_.add_backend("gpu", up_.port());
    near_row_ = add_remote(near_, "gpu", 1);
    far_row_ = add_remote(far_, "gpu", 50);
  }
  void start_all() {
    near_.start();
    far_.start();
    start();
  }
  std::string ask(std::string_view extra = {}, bool stream = false) {
    test_client c(port);
    c.send(chat(stream, extra));
    return c.until(stream ? "[DONE]" : "}}");
  }
  scripted_upstream up_{{{send(json_response(whole))}}};
  peer_node near_{"near"}, far_{"far"};
  std::shared_ptr<routing::backend_row> near_row_, far_row_;
};

TEST_F(PeerChoice, ANodeThatNoLongerHasTheBackendIsPassedOver) {
  two_owners();
  near_.rows.clear();
  start_all();
  const auto got = ask();
  EXPECT_NE(got.find("x-edgemesh-backend: far/gpu"sv), std::string::npos) << got;
  EXPECT_NE(got.find("x-edgemesh-attempts: 2"sv), std::string::npos);
  const auto first = records().front().attempts.at(0);
  EXPECT_EQ(first.cause, attempt_cause::turned_away);
  EXPECT_EQ(first.status, 421);
  EXPECT_EQ(near_row_->paths[0].cell->losses, 0);
  EXPECT_TRUE(ports.outcomes.empty());
}

TEST_F(PeerChoice, AFullOwnerIsPassedOverWithoutTheRetryBudget) {
  two_owners();
  for (auto* owner : {&near_, &far_}) {
    owner->rows[0]->cell->concurrency = 1;
    owner->rows[0]->cell->in_flight = 1;
  }
  scripted_upstream third({{send(json_response(whole))}});
  peer_node last("last");
  last.add_backend("gpu", third.port());
  add_remote(last, "gpu", 100);
  last.start();
  start_all();
  // Three attempts each, many at once: with a budget some would be refused.
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<test_client>(port));
    clients.back()->send(chat(false));
  }
  for (auto& c : clients) EXPECT_NE(c->until("}}").find("x-edgemesh-backend: last/gpu"), std::string::npos) << c->until("");
  for (auto* owner : {&near_, &far_}) owner->rows[0]->cell->in_flight = 0;
}

TEST_F(PeerChoice, AnOwnerWhoseShareIsUsedLeavesTheOtherWaysOfTheBackend) {
  scripted_upstream up({{send(json_response(whole))}});
  std::vector<std::unique_ptr<peer_node>> owners;
  for (int i = 0; i < 5; ++i) {
    auto& owner = *owners.emplace_back(std::make_unique<peer_node>("owner-" + std::to_string(i)));
    owner.add_backend("gpu", up.port());
    owner.rows[0]->cell->concurrency = 6;
    owner.rows[0]->cell->own_places.set_limit(i == 4 ? 1 : 0);
    if (i == 0) near_row_ = add_remote(owner, "gpu", 1);
    else owner.admit(identity->own_key(), "test-node"), near_row_->paths.push_back(path_to(owner, 1 + i));
    owner.start();
  }
  near_row_->cell->concurrency = 6;
  start();
  const auto got = ask();  // more ways than attempts
  EXPECT_NE(got.find("x-edgemesh-backend: owner-4/gpu"), std::string::npos) << got;
}

TEST_F(PeerChoice, WhenTheSharesOfAllAreUsedTheClientIsToldSo) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node one("one"), two("two");
  for (auto* owner : {&one, &two}) {
    owner->add_backend("gpu", up.port());
    owner->rows[0]->cell->own_places.set_limit(0);
  }
  near_row_ = add_remote(one, "gpu", 1);
  two.admit(identity->own_key(), "test-node");
  near_row_->paths.push_back(path_to(two, 2));
  one.start();
  two.start();
  start();
  const auto got = ask();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("\"code\":\"backend_full\""), std::string::npos) << got;
}

TEST_F(PeerChoice, WhenAllAreFullTheClientIsToldSo) {
  near_.add_backend("gpu", up_.port());
  near_.rows[0]->cell->concurrency = 1;
  near_.rows[0]->cell->in_flight = 1;
  near_row_ = add_remote(near_, "gpu", 1);
  near_.start();
  start();
  const auto got = ask();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503")) << got;
  EXPECT_NE(got.find("retry-after: 1\r\n"), std::string::npos);
  EXPECT_NE(got.find("\"code\":\"backend_full\""), std::string::npos);
  EXPECT_EQ(near_row_->cell->heard_in_flight, 0);  // ours is the only one
  near_.rows[0]->cell->in_flight = 0;
}

TEST_F(PeerChoice, AnOwnerWhoseBreakerIsOpenIsPassedOver) {
  two_owners();
  near_.rows[0]->cell->breaker = breaker_state::open;
  near_.rows[0]->cell->breaker_until = to_ticks(steady_clock::now() + seconds(30));
  start_all();
  EXPECT_NE(ask().find("x-edgemesh-backend: far/gpu"), std::string::npos);
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::turned_away);
}

TEST_F(PeerChoice, AnOwnerRefusesAClassAboveItsOwnTheBackendsAndTheEntrys) {
  for (int which = 0; which < 3; ++which) {
    scripted_upstream up({{send(json_response(whole))}});
    peer_node owner("owner-" + std::to_string(which));
    owner.add_backend("gpu", up.port());
    auto row = add_remote(owner, "gpu");  // the entry believes that it may see everything
    if (which == 0) owner.clearance = 1;
    if (which == 1) owner.rows[0]->data_class = 1;
    if (which == 2) owner.admit(identity->own_key(), "test-node", 1);
    owner.start();
    if (which == 0) start();
    ports.table = std::make_shared<routing::route_table>(
        1, data_classes{}, std::vector<std::shared_ptr<const routing::backend_row>>{row}, std::vector<routing::virtual_model>{});
    const auto got = ask("x-edgemesh-data-class: confidential\r\n");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 403")) << which << got;
    EXPECT_NE(got.find("\"code\":\"mesh_class_denied\""), std::string::npos) << which << got;
    EXPECT_TRUE(up.requests().empty()) << which;
    EXPECT_TRUE(ask("x-edgemesh-data-class: internal\r\n").starts_with("HTTP/1.1 200")) << which;
  }
}

TEST_F(PeerChoice, ALostWayFailsOverAndIsAvoidedWhileTheBackendIsNotBlamed) {
  two_owners();
  near_.start();
  near_.stop();  // nobody listens there any more
  far_.start();
  start();
  const auto got = ask();
  EXPECT_NE(got.find("x-edgemesh-backend: far/gpu"), std::string::npos) << got;
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::path_lost);
  EXPECT_TRUE(near_row_->paths[0].cell->is_avoided(to_ticks(steady_clock::now())));
  EXPECT_EQ(near_row_->cell->breaker, breaker_state::closed);
  EXPECT_TRUE(ports.outcomes.empty());
  EXPECT_NE(ask().find("x-edgemesh-attempts: 1"), std::string::npos);  // not asked again for a second
}

TEST_F(PeerChoice, ALostWayLeavesTheBackendsOtherWays) {
  scripted_upstream up({{send(json_response(whole))}});
  peer_node other("other");
  other.add_backend("gpu", up.port());
  near_.add_backend("gpu", up.port());
  near_row_ = add_remote(near_, "gpu", 1);
  other.admit(identity->own_key(), "test-node");
  near_row_->paths.push_back(path_to(other, 20));
  near_row_->cell->concurrency = 1;
  near_.start();
  near_.stop();
  other.start();
  start();
  EXPECT_NE(ask().find("x-edgemesh-backend: other/gpu"), std::string::npos);
}

TEST_F(PeerChoice, APeerThatIsLostBeforeContentCostsNobodyAnAnswer) {
  for (const bool stream : {false, true}) {
    std::vector<step> script;
    if (stream) script.push_back(send(sse_head() + chunk(role())));
    script.push_back(hold());
    scripted_upstream silent({script});
    scripted_upstream good({{send(stream ? sse_head() + chunk(role() + text("hello") + stop() + done()) + "0\r\n\r\n" : json_response(whole))}});
    peer_node lost("lost"), lives("lives");
    wire cable(lost.peer_port);
    lost.add_backend("gpu", silent.port());
    lives.add_backend("gpu", good.port());
    auto row = add_remote(lost, "gpu", 1, cable.port()), other = add_remote(lives, "gpu", 50);
    lost.start();
    lives.start();
    if (!server) start();
    ports.table = std::make_shared<routing::route_table>(
        1, data_classes{}, std::vector<std::shared_ptr<const routing::backend_row>>{row, other}, std::vector<routing::virtual_model>{});
    test_client c(port);
    c.send(chat(stream));
    while (silent.requests().empty()) std::this_thread::yield();
    cable.cut();
    const auto got = c.until("hello");
    EXPECT_NE(got.find("x-edgemesh-backend: lives/gpu"), std::string::npos) << got;
    EXPECT_TRUE(row->paths[0].cell->is_avoided(to_ticks(steady_clock::now())));
    EXPECT_EQ(row->cell->failures, 0u);
    EXPECT_TRUE(silent.wait_left(seconds(1)));  // the owner lets go what nobody waits for
    EXPECT_EQ(lost.records().front().status, 499);
  }
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::path_lost);
  EXPECT_TRUE(ports.outcomes.empty());
}

TEST_F(PeerChoice, APeerThatIsLostInsideAStreamEndsItHonestly) {
  scripted_upstream half({{send(sse_head() + chunk(role() + text("he"))), hold()}});
  wire cable(near_.peer_port);
  near_.add_backend("gpu", half.port());
  far_.add_backend("gpu", up_.port());
  near_row_ = add_remote(near_, "gpu", 1, cable.port());
  add_remote(far_, "gpu", 50);
  start_all();
  test_client c(port);
  c.send(chat(true));
  c.until("\"he\"");
  cable.cut();
  const auto got = c.until_end();
  EXPECT_NE(got.find("\"upstream_disconnected\""), std::string::npos) << got;
  EXPECT_EQ(got.find("[DONE]"), std::string::npos);
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::truncated);
  EXPECT_EQ(near_row_->paths[0].cell->losses, 1);
  EXPECT_TRUE(ports.outcomes.empty());
}

TEST_F(PeerChoice, APeerThatStopsInAnOrderlyWayHandsItsWaitingRequestsBack) {
  scripted_upstream silent({{hold()}});
  near_.add_backend("gpu", silent.port());
  far_.add_backend("gpu", up_.port());
  near_row_ = add_remote(near_, "gpu", 1);
  add_remote(far_, "gpu", 50);
  start_all();
  test_client c(port);
  c.send(chat(false));
  while (silent.requests().empty()) std::this_thread::yield();
  near_.stop();
  EXPECT_NE(c.until("}}").find("x-edgemesh-backend: far/gpu"), std::string::npos) << c.until("");
  EXPECT_EQ(records().front().attempts.at(0).cause, attempt_cause::turned_away);
}

TEST_F(PeerChoice, AFrozenPeerIsGivenUpOnceItsLinkIsSilent) {
  // It accepts the request and says nothing more, as a stopped process does.
  scripted_upstream silent({{hold()}});
  near_.add_backend("gpu", silent.port());
  far_.add_backend("gpu", up_.port());
  near_row_ = add_remote(near_, "gpu", 1);
  add_remote(far_, "gpu", 50);
  start_all();
  test_client c(port);
  c.send(chat(false));
  while (silent.requests().empty()) std::this_thread::yield();
  const auto told = steady_clock::now();
  near_row_->paths[0].cell->down(told);
  EXPECT_NE(c.until("}}").find("x-edgemesh-backend: far/gpu"), std::string::npos) << c.until("");
  EXPECT_LT(steady_clock::now() - told, seconds(2));
  EXPECT_TRUE(silent.wait_left(seconds(1)));  // and its backend is let go
}

TEST_F(PeerChoice, TheTimeThatIsLeftTravelsAsADuration) {
  scripted_upstream silent({{hold()}});
  ports.opts->timeouts.total = milliseconds(700);
  near_.ports.opts->timeouts.total = seconds(60);
  near_.add_backend("gpu", silent.port());
  near_row_ = add_remote(near_, "gpu", 1);
  near_.start();
  start();
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 504"));
  EXPECT_LT(near_.records().front().marks.last, 1'500'000);
}

}  // namespace
}  // namespace edgemesh::testing
