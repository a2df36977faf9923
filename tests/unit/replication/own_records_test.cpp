#include "replication/own_records.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "replication/record_table.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::replication {
namespace {

constexpr std::int64_t wall = 1'800'000'000'000;

struct OwnRecords : ::testing::Test {
  testing::fake_signing keys = testing::fake_signing::of(1);
  mesh_id mesh = *mesh_id::from_bytes("sixteen bytes ok");
  own_records own{keys, mesh, 7};
  instant now = instant{} + seconds{100};

  static proto::backend_body gpu(int in_flight = 0, int waiting = 0, int slots = 0) {
    proto::backend_body b;
    b.name = "gpu";
    b.load = {in_flight, waiting, slots, 0};
    return b;
  }
  std::optional<proto::sealed_record> tell(const proto::backend_body& b) { return own.describe(b, now, wall); }
  /// What was published, as others read it.
  static proto::backend_body body_of(const proto::sealed_record& r) { return *proto::read_backend(r); }
  /// Every change of load as `load_at(ms)` has it, told each 10 ms for `time`; the records that come of it.
  int records_in(milliseconds time, const std::function<proto::backend_load(int)>& load_at) {
    int count = 0;
    for (int ms = 0; ms < time.count(); ms += 10, now += milliseconds{10}) {
      auto b = gpu();
      b.load = load_at(ms);
      count += tell(b).has_value();
      count += static_cast<int>(own.take_due(now, wall).size());
    }
    return count;
  }
};

TEST_F(OwnRecords, AreSignedOnceAndAgainOnlyWhenTheyChange) {
  proto::node_body node;
  node.mesh_address = "127.0.0.1:8790";
  const auto first = own.describe(node, wall);
  ASSERT_TRUE(first);
  EXPECT_TRUE(proto::is_genuine(*first, mesh, keys));
  EXPECT_EQ(first->head.version, (proto::record_version{7, 1}));
  EXPECT_FALSE(own.describe(node, wall + 1000));
  node.is_draining = true;
  const auto second = own.describe(node, wall);
  ASSERT_TRUE(second);
  EXPECT_GT(second->head.version, first->head.version);
}

TEST_F(OwnRecords, TellAtOnceWhatDecidesWhereRequestsMayGo) {
  ASSERT_TRUE(tell(gpu()));
  const std::vector<std::function<void(proto::backend_body&)>> changes{
      [](auto& b) { b.health = backend_health::down; }, [](auto& b) { b.is_open = false; },
      [](auto& b) { b.is_draining = true; },            [](auto& b) { b.content_size = 5; },
      [](auto& b) { b.data_class = "public"; },         [](auto& b) { b.load.concurrency = 4; },
      [](auto& b) { b.share = 3; },                     [](auto& b) { b.claim = 9; },
      [](auto& b) { b.seen = {9}; }};
  for (const auto& change : changes) {
    auto b = gpu();
    change(b);
    EXPECT_TRUE(tell(b));
    EXPECT_FALSE(tell(b));
    EXPECT_TRUE(tell(gpu()));
  }
}

TEST_F(OwnRecords, SayNothingWhileABackendIsIdle) {
  tell(gpu());
  EXPECT_EQ(own.due(), instant::max());
  EXPECT_EQ(records_in(seconds{60}, [](int) { return proto::backend_load{}; }), 0);
}

TEST_F(OwnRecords, TellALoadThatStandsEveryFiveSeconds) {
  tell(gpu());
  EXPECT_EQ(records_in(milliseconds{60'000}, [](int) { return proto::backend_load{3, 0, 0, 0}; }), 12);
}

TEST_F(OwnRecords, WaitForAChangeOfLoadThatIsWorthARecord) {
  tell(gpu(10, 0, 100));
  now += seconds{1};
  EXPECT_FALSE(tell(gpu(19, 0, 100)));
  EXPECT_EQ(own.due(), now + seconds{4});  // then the refresh
  const auto told = tell(gpu(20, 0, 100));
  ASSERT_TRUE(told);
  EXPECT_EQ(body_of(*told).load.in_flight, 20);
}

TEST_F(OwnRecords, TakeTheLimitFor32WhenItIsNotKnown) {
  tell(gpu(10));
  now += seconds{1};
  EXPECT_FALSE(tell(gpu(13)));
  EXPECT_TRUE(tell(gpu(14)));
}

TEST_F(OwnRecords, TellWhenABackendBecomesFullOrFree) {
  tell(gpu(98, 0, 100));
  now += seconds{1};
  EXPECT_FALSE(tell(gpu(99, 0, 100)));
  EXPECT_TRUE(tell(gpu(100, 0, 100)));
  now += seconds{1};
  EXPECT_TRUE(tell(gpu(99, 0, 100)));
  now += seconds{1};
  EXPECT_TRUE(tell(gpu(99, 1, 100)));
  now += seconds{1};
  tell(gpu(1, 0, 100));
  now += seconds{1};
  EXPECT_TRUE(tell(gpu(0, 0, 100)));
  EXPECT_EQ(own.due(), instant::max());
}

TEST_F(OwnRecords, TellTheLatestLoadAtMostFourTimesASecond) {
  tell(gpu());
  const int count = records_in(seconds{10}, [](int ms) { return proto::backend_load{ms / 10 % 2 ? 30 : 1, 0, 0, 0}; });
  EXPECT_LE(count, 41);
  EXPECT_GE(count, 20);
  // What waited is told when its time has come, as it is then.
  now += seconds{1};
  ASSERT_TRUE(tell(gpu(5, 9)));
  EXPECT_FALSE(tell(gpu(20)));
  EXPECT_FALSE(tell(gpu(25)));
  EXPECT_EQ(own.due(), now + milliseconds{250});
  now += milliseconds{250};
  const auto due = own.take_due(now, wall);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(body_of(due[0]).load.in_flight, 25);
}

TEST_F(OwnRecords, TellLoadLessOftenWhereManyAreTold) {
  const auto changing = [](int ms) { return proto::backend_load{ms / 10 % 2 == 0 ? 1 : 30, 0, 0, 0}; };
  own.set_mesh_size(5);
  EXPECT_NEAR(records_in(seconds{60}, changing), 240, 2);
  own.set_mesh_size(100);
  EXPECT_NEAR(records_in(seconds{60}, changing), 12, 2) << "20 a second of the whole mesh";
  own.set_mesh_size(100'000);
  EXPECT_NEAR(records_in(seconds{60}, changing), 4, 2);
}

TEST_F(OwnRecords, ForgetAWaitingChangeThatWentBack) {
  tell(gpu());
  now += milliseconds{100};
  EXPECT_FALSE(tell(gpu(30)));
  EXPECT_FALSE(tell(gpu()));
  EXPECT_EQ(own.due(), instant::max());
}

TEST_F(OwnRecords, SayOnceThatABackendIsGoneAndTellOfItsReturn) {
  tell(gpu());
  const auto gone = own.withdraw("gpu", wall);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(body_of(*gone).is_gone);
  EXPECT_FALSE(own.withdraw("gpu", wall));
  const auto back = tell(gpu());
  ASSERT_TRUE(back);
  EXPECT_GT(back->head.version, gone->head.version);
  EXPECT_TRUE(own.withdraw("gpu", wall));
}

TEST_F(OwnRecords, GoAboveWhateverVersionOthersShow) {
  tell(gpu(3));
  const auto same_life = own.outrank(proto::record_kind::backend, "gpu", {7, 500}, wall);
  ASSERT_TRUE(same_life);
  EXPECT_EQ(same_life->head.version, (proto::record_version{7, 501}));
  EXPECT_EQ(body_of(*same_life).load.in_flight, 3);
  const auto lost_disk = own.outrank(proto::record_kind::backend, "gpu", {9, 2}, wall);
  EXPECT_EQ(lost_disk->head.version, (proto::record_version{9, 3}));
  // An older life is outranked already by the version that comes next.
  EXPECT_EQ(own.outrank(proto::record_kind::backend, "gpu", {1, 900}, wall)->head.version, (proto::record_version{9, 4}));
}

TEST_F(OwnRecords, SayThatABackendOfAnEarlierLifeIsGone) {
  const auto told = own.outrank(proto::record_kind::backend, "old", {3, 9}, wall);
  ASSERT_TRUE(told);
  EXPECT_TRUE(body_of(*told).is_gone);
  EXPECT_EQ(told->head.subject, "old");
  // Whoever shows a later one still is told again.
  EXPECT_TRUE(own.outrank(proto::record_kind::backend, "old", {8, 1}, wall));
  EXPECT_FALSE(own.outrank(proto::record_kind::node, std::string(keys.own_key().view()), {8, 2}, wall));
}

TEST_F(OwnRecords, AreAllSignedAgainOnDemand) {
  own.describe(proto::node_body{}, wall);
  tell(gpu());
  const auto again = own.repeat(now, wall);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_GT(again[0].head.version.sequence, 2u);
}

TEST_F(OwnRecords, AreSignedInTheNameOfAnotherKeyAsWell) {
  proto::node_body node;
  node.mesh_address = "127.0.0.1:8790";
  own.describe(node, wall);
  tell(gpu());
  const auto next = testing::fake_signing::of(2);
  auto heir = own.under(next);
  const auto records = heir.repeat(now, wall);
  ASSERT_EQ(records.size(), 2u);
  for (const auto& r : records) {
    EXPECT_EQ(r.signer, next.own_key());
    EXPECT_TRUE(proto::is_genuine(r, mesh, next));
  }
  EXPECT_EQ(proto::read_node(records[0])->mesh_address, "127.0.0.1:8790");
  // Both go on from there, each in its own name.
  EXPECT_EQ(own.describe(gpu(32, 0, 32), now + seconds(10), wall)->signer, keys.own_key());
  EXPECT_EQ(heir.describe(gpu(32, 0, 32), now + seconds(10), wall)->signer, next.own_key());
}

TEST_F(OwnRecords, KeepABoundedMemoryOfWhatIsGone) {
  for (int i = 0; i < 3000; ++i) EXPECT_TRUE(own.withdraw("b" + std::to_string(i), wall));
  EXPECT_FALSE(own.withdraw("b999", wall));
  EXPECT_TRUE(own.withdraw("b0", wall));  // forgotten, so it is said once more: no harm
}

}  // namespace
}  // namespace edgemesh::replication
