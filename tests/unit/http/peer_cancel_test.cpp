// A client that leaves is noticed at the owner's backend, over the hop, in every phase, within a tenth of a second.
#include "tests/support/peer_fixture.hpp"

namespace edgemesh::testing {
namespace {

class PeerCancel : public peer_gateway {
 protected:
  enum class manner { close, half_close };

  /// The client leaves once the backend has the request and, if `sign` is not empty, the client has seen it.
  void leaves(const std::vector<step>& script, bool stream, std::string_view sign, manner how) {
    scripted_upstream up({script});
    peer_node owner("owner");
    auto cell = owner.add_backend("gpu", up.port());
    rows.clear();
    auto row = add_remote(owner, "gpu");
    owner.start();
    if (!server) start();
    ports.table = std::make_shared<routing::route_table>(
        1, data_classes{}, std::vector<std::shared_ptr<const routing::backend_row>>{row}, std::vector<routing::virtual_model>{});
    test_client c(port);
    c.send(chat(stream));
    while (up.requests().empty()) std::this_thread::yield();
    if (!sign.empty()) c.until(sign);
    const auto left = steady_clock::now();
    if (how == manner::close) c.close();
    else c.half_close();
    EXPECT_TRUE(up.wait_left(milliseconds(2000)));
    EXPECT_LT(steady_clock::now() - left, milliseconds(100));
    const auto theirs = owner.records();
    ASSERT_FALSE(theirs.empty());
    EXPECT_EQ(theirs.front().status, 499);
    EXPECT_EQ(cell->failures, 0u);
    while (cell->in_flight != 0 && steady_clock::now() - left < seconds(2)) std::this_thread::yield();
    EXPECT_EQ(cell->in_flight, 0);
    while (row->cell->in_flight != 0 && steady_clock::now() - left < seconds(2)) std::this_thread::yield();
    EXPECT_EQ(row->cell->in_flight, 0);
    EXPECT_EQ(row->paths[0].cell->losses, 0);
    EXPECT_TRUE(owner.ports.outcomes.empty());
  }
};

TEST_F(PeerCancel, BeforeTheBackendsHead) {
  for (const bool stream : {true, false})
    for (const auto how : {manner::close, manner::half_close}) leaves({hold()}, stream, "", how);
}

TEST_F(PeerCancel, BeforeTheFirstContent) {
  for (const auto how : {manner::close, manner::half_close}) leaves({send(sse_head() + chunk(role())), hold()}, true, "", how);
}

TEST_F(PeerCancel, InsideTheStream) {
  for (const auto how : {manner::close, manner::half_close})
    leaves({send(sse_head() + chunk(role() + text("he"))), hold()}, true, "\"he\"", how);
}

TEST_F(PeerCancel, InsideAWholeAnswer) {
  for (const auto how : {manner::close, manner::half_close})
    leaves({send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"), hold()}, false, "", how);
}

}  // namespace
}  // namespace edgemesh::testing
