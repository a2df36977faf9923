#include "replication/gossip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/replication/gossip_net.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::SizeIs;

/// `count` nodes, all linked, each with a member record by node 0 and a description of its own, all equal.
void make_mesh(gossip_net& net, int count) {
  net.add(count);
  net.link_all();
  net.publish(0, net.founding());
  for (int n = 1; n < count; ++n) net.publish(0, net.w.admit(0, n, n));
  net.run(milliseconds{500});
  for (int n = 0; n < count; ++n) ASSERT_TRUE(net.publish(n, net.w.describe(n, 1000)));
  net.run(seconds{5});
  ASSERT_TRUE(net.is_converged());
  ASSERT_EQ(net.at(0).table().size(), static_cast<std::size_t>(2 * count));
  net.reset_counts();
}

TEST(Gossip, SpreadsARecordToEverybody) {
  gossip_net net;
  make_mesh(net, 8);
  const auto r = net.w.offer(3, "gpu", 5000);
  ASSERT_TRUE(net.publish(3, r));
  net.run(milliseconds{50});
  EXPECT_EQ(net.holders(r), 8);
  EXPECT_THAT(net[5].learned.back().record, r);
}

TEST(Gossip, SendsARecordOnceToEachInASmallMesh) {
  gossip_net net;
  make_mesh(net, 8);
  net.publish(3, net.w.offer(3, "gpu", 5000));
  net.run(seconds{2});
  EXPECT_EQ(net.sent(proto::message_kind::records), 7);
  EXPECT_EQ(net.sent(proto::message_kind::want), 0);
  for (int n = 0; n < 8; ++n) EXPECT_EQ(net[n].records_sent, n == 3 ? 7u : 0u);
}

TEST(Gossip, TakesNewsAcrossAHubThatIsTheOnlyWay) {
  gossip_net net;
  net.add(10);
  for (int n = 1; n < 10; ++n) net.link(0, n);
  net.publish(0, net.founding());
  for (int n = 1; n < 10; ++n) net.publish(0, net.w.admit(0, n, n));
  net.run(seconds{3});
  const auto r = net.w.describe(7, 3000);
  net.publish(7, r);
  net.run(seconds{1});
  EXPECT_EQ(net.holders(r), 10);
}

TEST(Gossip, AnswersAnOlderVersionWithTheNewerOne) {
  gossip_net net;
  make_mesh(net, 3);
  const auto old = net.w.offer(2, "gpu", 1), fresh = net.w.offer(2, "gpu", 2);
  net.publish(2, fresh);
  net.run(seconds{1});
  net.reset_counts();
  net.deliver(1, 0, proto::records{{old.raw}});
  EXPECT_TRUE(net.has(0, fresh));
  EXPECT_EQ(net.at(0).counters().records_stale, 1u);
  EXPECT_EQ(net[0].sent[proto::message_kind::records], 1);
  EXPECT_THAT(net[0].learned.back().record, fresh);
}

TEST(Gossip, RefusesForgeriesAndTellsWhy) {
  gossip_net net;
  make_mesh(net, 3);
  auto forged = net.w.offer(2, "gpu", 1).raw;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  net.deliver(1, 0, proto::records{{forged}});
  EXPECT_EQ(net.at(0).counters().bad_signatures, 1u);
  // Somebody else's mesh signs other bytes.
  auto other = net.w;
  other.mesh = *mesh_id::from_bytes("another mesh 123");
  net.deliver(1, 0, proto::records{{other.offer(2, "gpu", 1).raw}});
  EXPECT_EQ(net.at(0).counters().bad_signatures, 2u);
  net.deliver(1, 0, proto::records{{"garbage", "", std::string(9000, 'x')}});
  EXPECT_EQ(net.at(0).counters().records_refused, 3u);
  EXPECT_EQ(net.at(0).table().size(), 6u);
}

TEST(Gossip, RefusesWhatItsSignerMayNotSign) {
  gossip_net net;
  make_mesh(net, 3);
  net.publish(0, net.w.admit(0, 5, 10, node_role::edge));
  for (const auto& r : {net.w.admit(5, 6, 20), net.w.evict(5, 0, 20, 0), net.w.describe(9, 1),
                        net.w.sign(1, 20, proto::liveness_body{3, false})})
    net.deliver(1, 0, proto::records{{r.raw}});
  EXPECT_EQ(net.at(0).counters().records_refused, 4u);
  EXPECT_TRUE(net.at(0).members().find(key_of(0), start_s));
  EXPECT_EQ(net.at(0).table().size(), 7u);
}

TEST(Gossip, TakesMembershipBeforeWhatRestsOnIt) {
  gossip_net net;
  net.add(2);
  net.link(0, 1);
  const auto admitted = net.w.admit(0, 1, 1), described = net.w.describe(1, 2);
  net.deliver(1, 0, proto::records{{described.raw, admitted.raw, net.founding().raw}});
  EXPECT_TRUE(net.has(0, described));
  EXPECT_EQ(net.at(0).counters().records_refused, 0u);
}

TEST(Gossip, FetchesWhatItHadToRefuseOnceItsSignerIsKnown) {
  gossip_net net;
  make_mesh(net, 3);
  const auto admitted = net.w.admit(0, 9, 20, node_role::edge), described = net.w.describe(9, 21);
  net.is_passed = [](int from, int to, const proto::message&) { return from != 2 && to != 2; };
  net.publish(1, admitted);
  net.publish(1, described);
  net.run(seconds{1});
  net.is_passed = [](int, int, const proto::message&) { return true; };
  net.deliver(1, 2, proto::records{{described.raw}});
  EXPECT_FALSE(net.has(2, described));
  net.deliver(0, 2, proto::records{{admitted.raw}});
  net.run(seconds{1});
  EXPECT_TRUE(net.has(2, described));
}

TEST(Gossip, ForgetsWhatAnEvictedNodeSaidOfItselfAndHearsItNoMore) {
  gossip_net net;
  make_mesh(net, 5);
  net.publish(4, net.w.offer(4, "gpu", 10));
  net.run(seconds{1});
  net.publish(0, net.w.evict(0, 4, 2000, 2000));
  net.run(milliseconds{20});
  for (int n = 0; n < 4; ++n) {
    EXPECT_FALSE(net.at(n).members().find(key_of(4), start_s)) << n;
    EXPECT_FALSE(net.at(n).table().find(proto::record_kind::backend, key_of(4), "gpu")) << n;
    EXPECT_FALSE(net.at(n).table().find(proto::record_kind::node, key_of(4), key_of(4).view())) << n;
  }
  const auto before = net.at(1).table().size();
  const auto refused = net.at(1).counters().messages_refused;
  net.deliver(4, 1, proto::records{{net.w.describe(4, 1).raw}});
  net.deliver(4, 1, proto::digest{1, {}});
  EXPECT_EQ(net.at(1).counters().messages_refused, refused + 2);
  // Nor through somebody else.
  net.deliver(2, 1, proto::records{{net.w.describe(4, 1).raw, net.w.evict(4, 1, 3000, 0).raw}});
  EXPECT_TRUE(net.at(1).members().find(key_of(1), start_s));
  EXPECT_LE(net.at(1).table().size(), before + 1);  // the void eviction is kept, should its signer's own eviction turn out to be void
}

TEST(Gossip, KeepsAndPassesOnKindsThatItDoesNotKnow) {
  gossip_net net;
  make_mesh(net, 6);
  // What a newer build signs: a kind of its own, and a field in a known kind that nobody here reads.
  const auto unknown = net.w.of_unknown_kind(2, 60, "later", 10);
  ASSERT_TRUE(net.publish(2, unknown));
  const auto stranger = net.w.of_unknown_kind(44, 60, "later", 10);
  EXPECT_FALSE(net.publish(2, stranger));
  net.run(seconds{1});
  EXPECT_EQ(net.holders(unknown), 6);
  // A node that was away gets it by digest, byte for byte.
  net.start(6, 5);
  net.publish(0, net.w.admit(0, 6, 50));
  for (int n = 0; n < 6; ++n) net.link(6, n);
  net.run(seconds{3});
  EXPECT_TRUE(net.has(6, unknown));
}

TEST(Gossip, TellsWhenSomebodyShowsALaterRecordOfItsOwn) {
  gossip_net net;
  make_mesh(net, 3);
  auto past = net.w;
  const auto later = past.offer(2, "gpu", 100, 7), latest = past.offer(2, "gpu", 100, 8);
  net.publish(2, net.w.offer(2, "gpu", 5));  // the same version as `later`
  net.run(seconds{1});
  ASSERT_EQ(later.head.version, net.at(2).table().find(record_table::key_of(later))->head.version);
  net.deliver(1, 2, proto::records{{later.raw}});
  ASSERT_THAT(net[2].seen, SizeIs(1));
  EXPECT_EQ(net[2].seen.back().subject, "gpu");
  EXPECT_EQ(net[2].seen.back().seen, later.head.version);
  net.deliver(1, 2, proto::records{{latest.raw}});
  ASSERT_THAT(net[2].seen, SizeIs(2));
  EXPECT_EQ(net[2].seen.back().seen, latest.head.version);
  // Nobody else's records, no forgeries, and nothing that it signed itself.
  auto forged = past.offer(2, "gpu", 100, 9).raw;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  net.deliver(1, 2, proto::records{{forged, latest.raw, net.w.offer(1, "gpu", 1).raw}});
  EXPECT_THAT(net[2].seen, SizeIs(2));
}

TEST(Gossip, TellsOfItsOwnRecordsOfAnEarlierLifeAtARestart) {
  gossip_net net;
  net.add(1);
  const auto admitted = net.w.admit(0, 1, 1), own = net.w.offer(0, "gone-since", 5), others = net.w.offer(1, "gpu", 5);
  const std::vector records{own, others, admitted, net.founding()};
  net.at(0).restore(records, net.now);
  net.collect(0);
  EXPECT_EQ(net.at(0).table().size(), 4u);
  ASSERT_THAT(net[0].seen, SizeIs(1));
  EXPECT_EQ(net[0].seen.front().subject, "gone-since");
  EXPECT_THAT(net[0].learned, SizeIs(0));
}

TEST(Gossip, TakesRecordsFromTheFutureAndCountsThem) {
  gossip_net net;
  make_mesh(net, 3);
  const auto r = net.w.offer(2, "gpu", 3'000'000'000'000);
  net.publish(2, r);
  net.run(seconds{1});
  EXPECT_EQ(net.holders(r), 3);
  EXPECT_EQ(net.at(0).counters().records_from_future, 1u);
  const auto next = net.w.offer(2, "gpu", 0);
  net.publish(2, next);
  net.run(seconds{1});
  EXPECT_EQ(net.holders(next), 3);  // the version decides, not the clock
}

TEST(Gossip, BoundsWhatANeighbourMaySendUnasked) {
  gossip_options options;
  options.records_per_second = 100;
  gossip_net net(1, options);
  make_mesh(net, 3);
  int learned = static_cast<int>(net[0].learned.size());
  proto::records flood;
  for (int i = 0; i < 300; ++i) flood.raw.push_back(net.w.offer(2, "gpu", 10, i).raw);
  net.deliver(1, 0, flood);
  EXPECT_EQ(static_cast<int>(net[0].learned.size()) - learned, 100);
  EXPECT_EQ(net.at(0).counters().records_over_budget, 200u);
  // The other neighbour has its own budget, and the flood is mended later.
  const auto r = net.w.offer(2, "gpu", 10, 1000);
  net.deliver(2, 0, proto::records{{r.raw}});
  EXPECT_TRUE(net.has(0, r));
  net.run(seconds{4});
  EXPECT_TRUE(net.is_converged());
}

TEST(Gossip, TellsEverybodyOfAnEvictionWithinASecondAlsoUnderLoss) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    gossip_net net(seed);
    make_mesh(net, 16);
    net.loss = 0.1;
    net.publish(0, net.w.evict(0, 15, 5000, 5000));
    net.run(seconds{1});
    for (int n = 0; n < 15; ++n) EXPECT_TRUE(net.at(n).members().is_evicted(key_of(15))) << n << " seed " << seed;
  }
}

TEST(Gossip, BoundsHowOftenANeighbourCanMakeItJudgeTheMembers) {
  gossip_net net;
  make_mesh(net, 3);
  // An honest signature under an edge member's own successions, each a version above the last one.
  net.publish(0, net.w.admit(0, 5, 10, node_role::edge));
  net.run(seconds{1});
  for (int i = 0; i < 2000; ++i) net.deliver(1, 0, proto::records{{net.w.succeed(5, 6, 1000 + i).raw}});
  EXPECT_GT(net.at(0).counters().records_over_budget, 1000u);
  net.run(seconds{10});
  EXPECT_TRUE(net.is_converged());
}

TEST(Gossip, DoesNotGrowWhenRecordsAreReplayed) {
  gossip_net net;
  make_mesh(net, 3);
  std::vector<std::string> old;
  for (int i = 0; i < 200; ++i) old.push_back(net.w.offer(2, "gpu", 10, i).raw);
  net.deliver(2, 0, proto::records{old});
  net.run(seconds{2});
  const auto size = net.at(0).table().size(), bytes = net.at(0).table().bytes();
  const auto learned = net[0].learned.size();
  for (int i = 0; i < 50; ++i) net.deliver(1, 0, proto::records{old});
  EXPECT_EQ(net.at(0).table().size(), size);
  EXPECT_EQ(net.at(0).table().bytes(), bytes);
  EXPECT_EQ(net[0].learned.size(), learned);
}

TEST(Gossip, SleepsWhenThereIsNothingToDo) {
  gossip_net net;
  make_mesh(net, 4);
  net.run(seconds{60});
  const auto before = net.steps();
  net.reset_counts();
  net.run(seconds{300});
  EXPECT_LT(net.steps() - before, 400u);
  EXPECT_EQ(net.sent(proto::message_kind::records), 0);
  EXPECT_LE(net.sent(proto::message_kind::digest), 4 * 14);  // one each 24 s at most, and no answer to an equal one
}

}  // namespace
}  // namespace edgemesh::replication
