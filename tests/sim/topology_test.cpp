// The links of all nodes together: few, connected, reaching every site, the same whoever computes them, stable.
#include "membership/topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/fake_signing.hpp"

namespace edgemesh::membership {
namespace {

using edgemesh::testing::fake_signing;
using graph = std::map<node_key, std::set<node_key>>;

std::vector<place> nodes(std::size_t count, std::size_t sites, std::size_t every_hidden = 0) {
  std::vector<place> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({fake_signing::key(i), "site-" + std::to_string(i % sites), every_hidden == 0 || i % every_hidden != 0});
  return out;
}

graph links_of(const std::vector<place>& members) {
  graph g;
  for (const place& p : members) {
    const auto wanted = links_wanted(p, members);
    g[p.key].insert(wanted.begin(), wanted.end());
  }
  return g;
}

std::size_t reached_from(const graph& g, const node_key& start) {
  std::set<node_key> seen{start};
  std::vector<node_key> open{start};
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    for (const auto& next : g.at(at))
      if (seen.insert(next).second) open.push_back(next);
  }
  return seen.size();
}

std::size_t changed_links(const graph& before, const graph& after) {
  std::size_t changed = 0;
  for (const auto& [key, links] : before)
    if (after.count(key))
      for (const auto& l : links) changed += after.count(l) && !after.at(key).count(l);
  for (const auto& [key, links] : after)
    if (before.count(key))
      for (const auto& l : links) changed += before.count(l) && !before.at(key).count(l);
  return changed / 2;
}

TEST(Topology, UpToThirtyTwoNodesEverybodyIsLinkedWithEverybody) {
  for (std::size_t n = 1; n <= 32; ++n) {
    const auto members = nodes(n, 3);
    for (const auto& [key, links] : links_of(members)) {
      EXPECT_EQ(links.size(), n - 1);
      EXPECT_FALSE(links.count(key));
    }
  }
}

TEST(Topology, TwoNodesThatNobodyCanDialAreNotLinked) {
  auto members = nodes(4, 1);
  members[0].is_dialable = members[1].is_dialable = false;
  const auto g = links_of(members);
  EXPECT_EQ(g.at(members[0].key), (std::set<node_key>{members[2].key, members[3].key}));
  EXPECT_EQ(g.at(members[2].key).size(), 3u);
}

struct size_case { std::size_t count, sites, every_hidden; };
class TopologyOf : public ::testing::TestWithParam<size_case> {};

/// Of a case, made once for all the tests about it.
const graph& links_of(const size_case& c) {
  static std::map<std::string, graph> made;
  const auto name = std::to_string(c.count) + "/" + std::to_string(c.sites) + "/" + std::to_string(c.every_hidden);
  const auto [place, is_new] = made.try_emplace(name);
  if (is_new) place->second = links_of(nodes(c.count, c.sites, c.every_hidden));
  return place->second;
}

TEST_P(TopologyOf, IsConnectedAndSymmetricAndHasAtMostSixteenLinksPerNode) {
  const auto c = GetParam();
  const auto members = nodes(c.count, c.sites, c.every_hidden);
  const auto& g = links_of(c);
  for (const auto& [key, links] : g) {
    EXPECT_LE(links.size(), links_max);
    for (const auto& l : links) EXPECT_TRUE(g.at(l).count(key)) << "both ends want a link";
  }
  EXPECT_EQ(reached_from(g, members.front().key), members.size());
}

TEST_P(TopologyOf, StaysConnectedWhenAnyOneNodeDies) {
  const auto c = GetParam();
  const auto members = nodes(c.count, c.sites, c.every_hidden);
  const auto& whole = links_of(c);
  for (std::size_t dead = 0; dead < members.size(); dead += members.size() / 5 + 1) {
    graph g = whole;
    g.erase(members[dead].key);
    for (auto& [key, links] : g) links.erase(members[dead].key);
    EXPECT_EQ(reached_from(g, g.begin()->first), members.size() - 1);
  }
}

TEST_P(TopologyOf, NodesThatNobodyCanDialHaveTwoLinksToDialableOnes) {
  const auto c = GetParam();
  const auto members = nodes(c.count, c.sites, c.every_hidden);
  std::map<node_key, bool> dialable;
  for (const auto& p : members) dialable[p.key] = p.is_dialable;
  for (const auto& [key, links] : links_of(c)) {
    if (dialable[key]) continue;
    EXPECT_GE(links.size(), 2u);
    for (const auto& l : links) EXPECT_TRUE(dialable[l]);
  }
}

TEST_P(TopologyOf, ChangesFewLinksWhenOneNodeComesOrGoes) {
  const auto c = GetParam();
  auto members = nodes(c.count, c.sites, c.every_hidden);
  const auto& before = links_of(c);
  std::size_t all = 0;
  for (const auto& [key, links] : before) all += links.size() / 2;
  auto fewer = members;
  fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(c.count / 2));
  if (fewer.size() > full_mesh_max) {
    const auto changed = changed_links(before, links_of(fewer));
    EXPECT_LE(changed, std::max<std::size_t>(40, all / 50)) << "of " << all;
    RecordProperty("changed", static_cast<int>(changed));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, TopologyOf,
                         ::testing::Values(size_case{33, 1, 0}, size_case{33, 3, 0}, size_case{33, 10, 0}, size_case{100, 1, 0},
                                           size_case{100, 3, 0}, size_case{100, 10, 0}, size_case{1000, 1, 0}, size_case{1000, 3, 0},
                                           size_case{1000, 10, 0}, size_case{100, 3, 4}, size_case{1000, 3, 5}, size_case{1000, 1, 3},
                                           size_case{200, 40, 0}),
                         [](const auto& info) {
                           return std::to_string(info.param.count) + "NodesOn" + std::to_string(info.param.sites) + "Sites" +
                                  (info.param.every_hidden ? "EachHidden" + std::to_string(info.param.every_hidden) : "");
                         });

TEST(Topology, HasTwoLinksIntoEachOtherSiteWhileThatFits) {
  for (const std::size_t sites : {2, 3, 5, 7}) {
    const auto members = nodes(60 * sites, sites);
    std::map<node_key, std::string> site;
    for (const auto& p : members) site[p.key] = p.site;
    std::size_t short_of = 0, pairs = 0;
    for (const auto& [key, links] : links_of(members)) {
      std::map<std::string, int> into;
      for (const auto& l : links) ++into[site[l]];
      for (std::size_t s = 0; s < sites; ++s) {
        const auto name = "site-" + std::to_string(s);
        if (name == site[key]) continue;
        ++pairs;
        short_of += into[name] < 2;
        EXPECT_LE(into[name], 2);
      }
    }
    EXPECT_LE(short_of * 50, pairs) << sites << " sites: " << short_of << " of " << pairs;
  }
}

TEST(Topology, ASmallSiteIsLinkedWithALargeOneWithoutDrowning) {
  std::vector<place> members;
  for (std::size_t i = 0; i < 500; ++i) members.push_back({fake_signing::key(i), i < 4 ? "small" : "large"});
  const auto g = links_of(members);
  for (std::size_t i = 0; i < 4; ++i) {
    std::size_t into_large = 0;
    for (const auto& l : g.at(members[i].key)) into_large += l != members[0].key && l != members[1].key && l != members[2].key && l != members[3].key;
    EXPECT_EQ(into_large, 2u);
  }
  EXPECT_EQ(reached_from(g, members.front().key), 500u);
}

TEST(Topology, ManyHiddenNodesStillHaveTwoLinksEachAndShareTheirCarriersFairly) {
  const auto all = nodes(400, 2);
  std::vector<place> members = all;
  for (std::size_t i = 40; i < members.size(); ++i) members[i].is_dialable = false;
  const auto g = links_of(members);
  std::size_t most = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i < 40) most = std::max(most, g.at(members[i].key).size());
    if (i >= 40) EXPECT_GE(g.at(members[i].key).size(), 2u);
  }
  EXPECT_LE(most, 26u) << "18 that each carrier has to carry, and its links to the other carriers";
  EXPECT_EQ(reached_from(g, members.front().key), 400u);
}

TEST(Topology, DoesNotDependOnTheOrderOfTheMembersOrOnSelfBeingAmongThem) {
  auto members = nodes(100, 3);
  const auto one = links_wanted(members[5], members);
  std::ranges::reverse(members);
  const auto self = members[94];
  EXPECT_EQ(links_wanted(self, members), one);
  std::erase(members, self);
  EXPECT_EQ(links_wanted(self, members), one);
}

}  // namespace
}  // namespace edgemesh::membership
