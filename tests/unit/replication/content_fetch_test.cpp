#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replication/content_fetch.hpp"
#include "replication/content_shelf.hpp"
#include "tests/unit/replication/gossip_net.hpp"

namespace edgemesh::replication {
namespace {

using ::testing::SizeIs;

struct ContentFetch : ::testing::Test {
  fake_signing keys = fake_signing::of(0);
  content_fetch fetch{keys, {}};
  random_source rng{1};
  instant now = instant{} + seconds{100};
  std::vector<node_key> neighbours{key_of(1), key_of(2), key_of(3)};
  std::string text = std::string(100'000, 'm') + "odels";
  content_hash hash = keys.hash(text);

  proto::chunk piece(std::uint32_t offset, std::size_t size = proto::content_chunk_max) const {
    return {hash, offset, static_cast<std::uint32_t>(text.size()), text.substr(offset, size)};
  }
  std::vector<content_fetch::request> due() { return fetch.take_due(now, neighbours, rng); }
  void want(const node_key& owner = key_of(3), const node_key& from = key_of(1)) {
    fetch.want(hash, static_cast<std::uint32_t>(text.size()), owner, from, now);
  }
};

TEST_F(ContentFetch, AsksTheOwnerThatIsANeighbourForOneChunkAfterTheOther) {
  want();
  std::optional<content_fetch::arrival> whole;
  for (std::uint32_t offset = 0; offset < text.size(); offset += proto::content_chunk_max) {
    const auto asked = due();
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_EQ(asked[0].to, key_of(3));
    EXPECT_EQ(asked[0].what.offset, offset);
    EXPECT_THAT(due(), SizeIs(0));
    whole = fetch.on_chunk(key_of(3), piece(offset), now);
  }
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->bytes, text);
  EXPECT_EQ(fetch.size(), 0u);
  EXPECT_EQ(fetch.next_due(), instant::max());
}

TEST_F(ContentFetch, AsksWhoBroughtTheNewsWhenTheOwnerIsFarAndTheOwnerLast) {
  want(key_of(9), key_of(2));
  std::vector<node_key> asked;
  for (int i = 0; i < 8; ++i, now += seconds{2})
    for (const auto& r : due()) asked.push_back(r.to);
  ASSERT_GE(asked.size(), 3u);
  EXPECT_EQ(asked.front(), key_of(2));
  EXPECT_NE(std::ranges::find(asked, key_of(9)), asked.end());
  EXPECT_EQ(std::ranges::count(asked.begin(), std::ranges::find(asked, key_of(9)), key_of(2)), 1);
}

TEST_F(ContentFetch, AsksAnotherHolderWhenOneIsMuteOrHasNothing) {
  want();
  EXPECT_EQ(due().at(0).to, key_of(3));
  EXPECT_EQ(fetch.next_due(), now + seconds{2});
  now += seconds{2};
  EXPECT_EQ(due().at(0).to, key_of(1));
  fetch.on_chunk(key_of(1), {hash, 0, 0, {}}, now);
  EXPECT_EQ(due().at(0).to, key_of(2));
}

TEST_F(ContentFetch, BeginsAgainElsewhereWhenWhatCameIsNotWhatWasPromised) {
  const std::vector<proto::chunk> lies{
      {hash, 0, 1u << 30, "x"},                                                   // larger than any content
      {hash, 0, 7, "another"},                                                    // not the size that the record tells
      {hash, 0, static_cast<std::uint32_t>(text.size()), ""},                     // nothing
      {hash, 0, static_cast<std::uint32_t>(text.size()), std::string(60'000, 'x')},  // more than a chunk
  };
  for (const auto& lie : lies) {
    content_fetch f(keys, {});
    f.want(hash, static_cast<std::uint32_t>(text.size()), key_of(3), key_of(1), now);
    f.take_due(now, neighbours, rng);
    EXPECT_FALSE(f.on_chunk(key_of(3), lie, now));
    EXPECT_EQ(f.take_due(now, neighbours, rng).at(0).to, key_of(1));
  }
}

TEST_F(ContentFetch, ChecksTheHashOfTheWhole) {
  text[5] = 'X';
  want();
  for (std::uint32_t offset = 0; offset < text.size(); offset += proto::content_chunk_max) {
    due();
    EXPECT_FALSE(fetch.on_chunk(key_of(3), piece(offset), now));
  }
  const auto next = due();
  EXPECT_EQ(next.at(0).to, key_of(1));
  EXPECT_EQ(next.at(0).what.offset, 0u);
}

TEST_F(ContentFetch, IgnoresChunksThatItDidNotAskFor) {
  EXPECT_FALSE(fetch.on_chunk(key_of(3), piece(0), now));
  want();
  due();
  EXPECT_FALSE(fetch.on_chunk(key_of(2), piece(0), now));
  EXPECT_FALSE(fetch.on_chunk(key_of(3), piece(proto::content_chunk_max), now));
  EXPECT_THAT(due(), SizeIs(0));
}

TEST_F(ContentFetch, PausesLongerAndLongerWhenNobodyHasIt) {
  want();
  int asked = 0;
  const auto begin = now;
  for (; now - begin < seconds{600}; now = std::max(now, fetch.next_due()))
    for (const auto& r : due()) ++asked, fetch.on_chunk(r.to, {hash, 0, 0, {}}, now);
  EXPECT_LE(asked, 60);
  // News of it from somebody else is a reason to ask at once.
  want(key_of(3), key_of(2));
  EXPECT_EQ(due().at(0).to, key_of(2));
}

TEST_F(ContentFetch, FetchesAFewAtATime) {
  for (int i = 0; i < 100; ++i) fetch.want(keys.hash(std::to_string(i)), 1, key_of(1), key_of(1), now);
  EXPECT_THAT(due(), SizeIs(16));
  EXPECT_THAT(due(), SizeIs(0));
  EXPECT_GT(fetch.next_due(), now);
  for (int i = 0; i < 5000; ++i) fetch.want(keys.hash("more" + std::to_string(i)), 1, key_of(1), key_of(1), now);
  EXPECT_EQ(fetch.size(), 4096u);
}

TEST(ContentShelf, DropsTheLeastRecentlyUsedOfThoseThatNoRecordUses) {
  const auto keys = fake_signing::of(0);
  const auto hash = [&](const char* s) { return keys.hash(s); };
  content_shelf shelf({.count = 3, .bytes = 1000});
  for (const char* s : {"a", "b", "c"}) EXPECT_TRUE(shelf.keep(hash(s), s));
  shelf.refer(1, hash("a"));
  shelf.take_up(hash("b"));
  EXPECT_TRUE(shelf.keep(hash("d"), "d"));
  EXPECT_TRUE(shelf.find(hash("a")) && shelf.find(hash("b")) && shelf.find(hash("d")));
  EXPECT_FALSE(shelf.find(hash("c")));
  // All in use: no room. A record that moves on frees what it used.
  shelf.refer(2, hash("b"));
  shelf.refer(3, hash("d"));
  EXPECT_FALSE(shelf.keep(hash("e"), "e"));
  EXPECT_EQ(shelf.refer(2, hash("e")), hash("b"));
  EXPECT_TRUE(shelf.keep(hash("e"), "e"));
  EXPECT_FALSE(shelf.find(hash("b")));
}

TEST(ContentShelf, CountsEveryRecordThatUsesAContent) {
  const auto keys = fake_signing::of(0);
  content_shelf shelf({});
  const auto h = keys.hash("x");
  EXPECT_TRUE(shelf.refer(1, h).is_zero());
  EXPECT_TRUE(shelf.refer(2, h).is_zero());
  EXPECT_TRUE(shelf.refer(2, h).is_zero());
  EXPECT_TRUE(shelf.refer(1, {}).is_zero());
  EXPECT_TRUE(shelf.is_in_use(h));
  EXPECT_EQ(shelf.refer(2, {}), h);
  EXPECT_FALSE(shelf.is_in_use(h));
}

TEST(ContentShelf, IsBoundedInBytes) {
  const auto keys = fake_signing::of(0);
  content_shelf shelf({.count = 100, .bytes = 100});
  for (int i = 0; i < 50; ++i) shelf.keep(keys.hash(std::to_string(i)), std::string(30, 'x'));
  EXPECT_LE(shelf.bytes(), 100u);
  EXPECT_EQ(shelf.count(), 3u);
  EXPECT_FALSE(shelf.keep(keys.hash("big"), std::string(101, 'x')));
}

TEST(ContentInGossip, FollowsTheNewsAlongAChain) {
  gossip_net net;
  constexpr int count = 8;
  net.add(count);
  net.publish(0, net.founding());
  for (int n = 1; n < count; ++n) net.publish(0, net.w.admit(0, n, n));
  for (int n = 0; n + 1 < count; ++n) net.link(n, n + 1);
  net.run(seconds{10});
  const std::string models(120'000, 'm');
  proto::backend_body body;
  body.name = "gpu";
  body.content = fake_signing::of(0).hash(models);
  body.content_size = static_cast<std::uint32_t>(models.size());
  net.at(0).keep_content(models);
  net.publish(0, net.w.sign(0, 100, body));
  net.run(seconds{6});
  for (int n = 0; n < count; ++n) {
    ASSERT_TRUE(net.at(n).content(body.content)) << n;
    EXPECT_EQ(*net.at(n).content(body.content), models);
  }
  // Each fetched it once.
  for (int n = 1; n < count; ++n) EXPECT_EQ(net[n].contents, std::vector{body.content});
  EXPECT_LE(net.sent(proto::message_kind::chunk), 3 * count);
}

TEST(ContentInGossip, OfItsOwnThatOthersRecordsWaitForIsTold) {
  gossip_net net;
  net.add(2);
  net.publish(0, net.founding());
  net.publish(0, net.w.admit(0, 1, 1));
  net.link(0, 1);
  net.run(seconds{3});
  const std::string models = "the same models on both";
  proto::backend_body body;
  body.name = "gpu";
  body.content = fake_signing::of(0).hash(models);
  body.content_size = static_cast<std::uint32_t>(models.size());
  net.publish(0, net.w.sign(0, 100, body));
  net.run(seconds{1});
  ASSERT_FALSE(net.at(1).content(body.content));
  net.at(1).keep_content(models);
  net.collect(1);
  EXPECT_EQ(net[1].contents, std::vector{body.content});
}

TEST(ContentInGossip, StopsFetchingWhatItsOwnerNoLongerOffers) {
  gossip_net net;
  net.add(2);
  net.publish(0, net.founding());
  net.publish(0, net.w.admit(0, 1, 1));
  net.link(0, 1);
  net.run(seconds{3});
  proto::backend_body body;
  body.name = "gpu";
  body.content = fake_signing::of(0).hash("never there");
  body.content_size = 11;
  net.publish(0, net.w.sign(0, 100, body));
  net.run(seconds{10});
  EXPECT_GT(net[1].sent[proto::message_kind::fetch], 0);
  body.is_gone = true;
  net.publish(0, net.w.sign(0, 100, body));
  net.run(seconds{1});
  net.reset_counts();
  net.run(seconds{200});
  EXPECT_EQ(net[1].sent[proto::message_kind::fetch], 0);
}

}  // namespace
}  // namespace edgemesh::replication
