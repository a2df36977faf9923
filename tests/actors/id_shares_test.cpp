// How records and membership become shares of a common limit.
#include "actors/mesh/id_shares.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "replication/features.hpp"

namespace edgemesh::actors {
namespace {

using membership::member_state;

node_key key_of(std::uint8_t n) {
  node_key k;
  k.bytes[0] = n;
  return k;
}

class IdShares : public ::testing::Test {
 protected:
  const node_key self_ = key_of(1), other_ = key_of(2);
  boost::asio::io_context io_;
  instant now_{seconds(1000)};
  std::vector<std::string> changed_;
  id_shares shares_{io_, self_, 5, [this](const std::string& name) { changed_.push_back(name); }, [this] { return now_; }};
  std::shared_ptr<backend_cell> cell_ = std::make_shared<backend_cell>();
  replication::mesh_view view_;

  IdShares() { log::configure(log::level::off, log::format::text); }
  void list(bool takes_part = true) { shares_.own_is({"gpu", "llm", 6, takes_part, cell_}); }
  int limit() const { return cell_->own_places.limit(); }
  void look() { shares_.view_is(std::make_shared<replication::mesh_view>(view_)); }
  /// The other node, and what it tells about the same backend.
  void other_lists(int share, std::uint64_t claim, bool is_of_today = true, std::uint64_t incarnation = 10) {
    replication::remote_node n;
    n.who.key = other_;
    n.who.name = "b";
    if (is_of_today) n.body.features = replication::own_features();
    view_.nodes = {n};
    view_.shared = {{other_, "gpu-b", "llm", incarnation, 6, share, claim, {shares_.told("gpu").claim}}};
    look();
  }
  /// Until a node that has just started trusts what it knows.
  void settle() {
    look();
    now_ += id_shares::settle_time;
    look();
  }
};

TEST_F(IdShares, ABackendWithoutAnIdHasNoShare) {
  shares_.own_is({"gpu", "", 6, true, cell_});
  EXPECT_EQ(limit(), place_count::unlimited);
  EXPECT_EQ(shares_.told("gpu"), resilience::told_share{});
}

TEST_F(IdShares, ANodeAloneHasTheWholeLimitAtOnce) {
  shares_.members_are({self_});
  list();
  EXPECT_EQ(limit(), 6);
}

TEST_F(IdShares, NothingGoesByTheOwnConnectionBeforeTheMeshIsKnown) {
  list();
  EXPECT_EQ(limit(), 0);
  shares_.members_are({self_, other_});
  settle();
  EXPECT_EQ(limit(), 0);  // nobody has heard of the other one
  shares_.liveness_is(other_, member_state::alive, 10);
  settle();
  EXPECT_EQ(limit(), 6);  // it has no such backend
}

TEST_F(IdShares, AMemberThatIsNotThereIsWaitedForThreeSeconds) {
  list();
  shares_.members_are({self_, other_});
  now_ += id_shares::unknown_max;
  settle();
  EXPECT_EQ(limit(), 6);
}

TEST_F(IdShares, TwoListersDivideAndADeadOneLeavesAll) {
  shares_.members_are({self_, other_});
  shares_.liveness_is(other_, member_state::alive, 10);
  list();
  settle();
  EXPECT_EQ(limit(), 6);
  changed_.clear();
  other_lists(0, 77);
  EXPECT_EQ(limit(), 3);
  EXPECT_EQ(changed_, std::vector<std::string>{"gpu"});
  EXPECT_EQ(shares_.told("gpu").seen, std::vector<std::uint64_t>{77});
  shares_.liveness_is(other_, member_state::suspect, 10);
  EXPECT_EQ(limit(), 3);
  shares_.liveness_is(other_, member_state::dead, 10);
  EXPECT_EQ(limit(), 6);
}

TEST_F(IdShares, TheDeathOfAnEarlierLifeDoesNotCountAgainstALaterOne) {
  shares_.members_are({self_, other_});
  shares_.liveness_is(other_, member_state::dead, 10);
  list();
  settle();
  EXPECT_EQ(limit(), 6);
  other_lists(2, 77, true, 10);  // what it said before it died
  EXPECT_EQ(limit(), 6);
  other_lists(0, 78, true, 11);
  EXPECT_EQ(limit(), 3);
}

TEST_F(IdShares, WhoIsStillInsideIsTold) {
  shares_.members_are({self_});
  list();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(cell_->own_places.try_enter());
  shares_.members_are({self_, other_});
  other_lists(0, 77);
  EXPECT_EQ(limit(), 3);
  EXPECT_EQ(shares_.told("gpu").share, 5);
  cell_->own_places.leave();
  changed_.clear();
  io_.run_for(3 * id_shares::pace);
  EXPECT_EQ(shares_.told("gpu").share, 4);
  EXPECT_FALSE(changed_.empty());
}

TEST_F(IdShares, ANodeOfAnOlderVersionIsLeftToItself) {
  shares_.members_are({self_, other_});
  shares_.liveness_is(other_, member_state::alive, 10);
  list();
  other_lists(0, 0, false);
  settle();
  EXPECT_EQ(limit(), 6);
}

TEST_F(IdShares, WhoLeavesTheMeshHasItsLimitForItself) {
  shares_.members_are({self_, other_});
  list();
  EXPECT_EQ(limit(), 0);
  shares_.stop();
  EXPECT_EQ(limit(), place_count::unlimited);
}

TEST_F(IdShares, ABackendThatCannotServeLeavesItsShareToTheOthers) {
  shares_.members_are({self_, other_});
  shares_.liveness_is(other_, member_state::alive, 10);
  list();
  settle();
  other_lists(3, 77);
  EXPECT_EQ(limit(), 3);
  list(false);
  EXPECT_EQ(limit(), 0);
  EXPECT_EQ(shares_.told("gpu").claim, 0u);
}

}  // namespace
}  // namespace edgemesh::actors
