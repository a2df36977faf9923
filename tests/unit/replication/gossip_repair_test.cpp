// Digests mend what pushing lost: partitions, joins, losses.
#include <gtest/gtest.h>

#include "tests/unit/replication/gossip_net.hpp"

namespace edgemesh::replication {
namespace {

void admit_all(gossip_net& net, int count) {
  net.publish(0, net.founding());
  for (int n = 1; n < count; ++n) net.publish(0, net.w.admit(0, n, n));
}

/// Each node links to `degree` random others; the graph is connected by a ring.
void link_randomly(gossip_net& net, int count, int degree, random_source& rng) {
  for (int n = 0; n < count; ++n) {
    net.link(n, (n + 1) % count);
    for (int i = 0; i < degree / 2 - 1; ++i) {
      const int other = static_cast<int>(rng.below(static_cast<std::uint64_t>(count)));
      if (other != n) net.link(n, other);
    }
  }
}

TEST(GossipRepair, EqualNodesExchangeOneDigestEachWayWhenTheyMeet) {
  gossip_net net;
  net.add(2);
  admit_all(net, 2);
  net.at(1).restore(std::vector{net.founding(), *net.at(0).table().find(proto::record_kind::member, key_of(0), key_of(1).view())}, net.now);
  net.collect(1);
  net.run(seconds{2});  // what was news has had its time
  net.link(0, 1);
  net.run(seconds{5});
  EXPECT_EQ(net.sent(proto::message_kind::digest), 2);
  EXPECT_EQ(net.sent(proto::message_kind::bucket_keys) + net.sent(proto::message_kind::records) + net.sent(proto::message_kind::want), 0);
  for (const int n : {0, 1}) {
    const auto& seen = net.at(n).compared();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen.at(key_of(1 - n)).equal, 1u);
    EXPECT_EQ(seen.at(key_of(1 - n)).differing, 0u);
  }
  net.cut(0, 1);
  EXPECT_TRUE(net.at(0).compared().empty()) << "it is no neighbour any more";
}

TEST(GossipRepair, BringsANewNodeUpToDateFromOneNeighbour) {
  gossip_net net;
  net.add(20);
  admit_all(net, 20);
  for (int n = 1; n < 19; ++n) net.link(0, n);
  net.run(seconds{3});
  for (int n = 0; n < 19; ++n)
    for (int b = 0; b < 20; ++b) net.publish(n, net.w.offer(n, "b" + std::to_string(b), 100));
  net.run(seconds{5});
  ASSERT_EQ(net.at(0).table().size(), 20u + 19 * 20);
  net.reset_counts();
  const auto before = net.bytes();
  for (int n = 0; n < 16; ++n) net.link(19, n);
  const auto took = net.run_until_equal(seconds{10});
  EXPECT_LE(took, seconds{2});
  net.run(seconds{3});
  const auto raw = net.at(0).table().bytes();
  EXPECT_LE(net.bytes() - before, 3 * raw) << "everything came from everybody";
}

TEST(GossipRepair, MakesBothHalvesEqualAfterAPartition) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    gossip_net net(seed);
    random_source rng(seed);
    constexpr int count = 24;
    net.add(count);
    admit_all(net, count);
    link_randomly(net, count, 8, rng);
    net.run(seconds{10});
    ASSERT_TRUE(net.is_converged());
    net.is_passed = [](int a, int b, const proto::message&) { return (a < count / 2) == (b < count / 2); };
    for (int round = 0; round < 4; ++round) {
      for (int n = 0; n < count; ++n) net.publish(n, net.w.offer(n, "gpu", 10'000, round));
      net.run(seconds{1});
    }
    ASSERT_FALSE(net.is_converged());
    net.is_passed = [](int, int, const proto::message&) { return true; };
    // The links come up again: here one of each, as a partition's end shows itself.
    for (int n = 0; n < count; n += 4) net.cut(n, count - 1 - n), net.link(n, count - 1 - n);
    EXPECT_LE(net.run_until_equal(seconds{20}), seconds{5}) << "seed " << seed;
  }
}

TEST(GossipRepair, ConvergesUnderLoss) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    gossip_net net(seed);
    net.add(12);
    admit_all(net, 12);
    net.link_all();
    net.run(seconds{3});
    net.loss = 0.1;
    for (int round = 0; round < 20; ++round) {
      for (int n = 0; n < 12; n += 3) net.publish(n, net.w.offer(n, "gpu", 100, round));
      net.run(milliseconds{300});
    }
    net.run_until_equal(seconds{60});
    EXPECT_TRUE(net.is_converged()) << "seed " << seed;
  }
}

TEST(GossipRepair, CarriesAnUpdateThroughASparseMeshInASecond) {
  for (const double loss : {0.0, 0.1}) {
    gossip_net net(7);
    random_source rng(7);
    constexpr int count = 60;
    net.add(count);
    admit_all(net, count);
    link_randomly(net, count, 16, rng);
    net.run(seconds{20});
    ASSERT_TRUE(net.is_converged());
    net.loss = loss;
    const auto before = net.bytes();
    constexpr int updates = 6;
    milliseconds slowest{0};
    for (int i = 0; i < updates; ++i) {
      const auto r = net.w.offer(i * 7 % count, "gpu", 20'000, i);
      net.publish(i * 7 % count, r);
      const auto begin = net.now;
      while (net.holders(r) < count && net.now - begin < seconds{10}) net.run(milliseconds{20});
      slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(net.now - begin));
    }
    net.run(seconds{1});
    const auto per_node = static_cast<double>(net.bytes() - before) / updates / count;
    RecordProperty(loss > 0 ? "bytes_per_node_with_loss" : "bytes_per_node", static_cast<int>(per_node));
    RecordProperty(loss > 0 ? "slowest_ms_with_loss" : "slowest_ms", static_cast<int>(slowest.count()));
    EXPECT_LE(slowest, loss > 0 ? seconds{2} : seconds{1});
    EXPECT_LE(per_node, 1100);
  }
}

TEST(GossipRepair, LooksNoCloserAtADifferenceThatCannotBeMended) {
  gossip_net net;
  net.add(2);
  admit_all(net, 2);
  net.link(0, 1);
  net.run(seconds{5});
  ASSERT_TRUE(net.is_converged());
  // Node 1 never gets records; the digests stay different.
  net.is_passed = [](int, int to, const proto::message& m) { return to != 1 || !std::holds_alternative<proto::records>(m); };
  net.publish(0, net.w.describe(0, 5000));
  net.run(seconds{10});
  net.reset_counts();
  net.run(seconds{300});
  EXPECT_LE(net.sent(proto::message_kind::digest), 100);
  EXPECT_LE(net.sent(proto::message_kind::bucket_keys), 60);
}

TEST(GossipRepair, ServesAWantWithinABudget) {
  gossip_options options;
  options.repair_bytes_per_second = 20'000;
  gossip_net net(1, options);
  net.add(2);
  admit_all(net, 2);
  net.link(0, 1);
  net.run(seconds{5});
  std::vector<std::uint64_t> keys;
  for (int i = 0; i < 200; ++i) {
    const auto r = net.w.offer(0, "b" + std::to_string(i), 0);
    net.publish(0, r);
    keys.push_back(record_table::key_of(r));
  }
  net.run(seconds{5});
  const auto before = net.at(0).counters().bytes_out;
  for (int i = 0; i < 50; ++i) net.deliver(1, 0, proto::want{keys});
  EXPECT_LE(net.at(0).counters().bytes_out - before, 22'000u);
  EXPECT_GT(net.at(0).counters().replies_over_budget, 0u);
}

TEST(GossipRepair, IgnoresBucketsAndListsThatNobodyAskedForOrThatLie) {
  gossip_net net;
  net.add(2);
  admit_all(net, 2);
  net.link(0, 1);
  net.run(seconds{5});
  net.reset_counts();
  net.deliver(1, 0, proto::digest{1, std::vector<std::uint64_t>(proto::digest_buckets, 7)});
  net.deliver(1, 0, proto::digest{1, {1, 2, 3}});
  EXPECT_EQ(net[0].sent[proto::message_kind::bucket_keys], 0);
  // Keys that are not of the bucket: not wanted; a bucket that is none: nothing.
  net.deliver(1, 0, proto::bucket_keys{3, false, {{4, {9, 9}, 1}}});
  net.deliver(1, 0, proto::bucket_keys{999, false, {}});
  EXPECT_EQ(net[0].sent[proto::message_kind::want], 0);
}

}  // namespace
}  // namespace edgemesh::replication
