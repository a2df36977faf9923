// Who is linked to whom: links actors of several nodes in one process, each with a middleman and loops of its own, joined by socket pairs
// instead of TLS.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.hpp"
#include "tests/actors/mesh_nodes.hpp"

namespace edgemesh::actors {
namespace {

class Links : public ::testing::Test {
 protected:
  Links() { log::configure(log::level::off, log::format::text); }
  test_cables cables;
};

TEST_F(Links, TwoNodesThatDialEachOtherKeepOneLink) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  a.knows({&a, &b});
  b.knows({&a, &b});
  EXPECT_TRUE(a.is_linked_to(b));
  EXPECT_TRUE(b.is_linked_to(a));
  EXPECT_EQ(a.links_open(), 1u);
}

TEST_F(Links, MembershipHearsOfTheOtherNode) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  a.knows({&a, &b});
  b.knows({&a, &b});
  EXPECT_TRUE(a.holds(b, membership::member_state::alive));
  EXPECT_TRUE(b.holds(a, membership::member_state::alive));
}

TEST_F(Links, ALostLinkIsDialledAgain) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  a.knows({&a, &b});
  b.knows({&a, &b});
  ASSERT_TRUE(a.is_linked_to(b));
  const auto before = a.ups();
  cables.cut_all();
  EXPECT_TRUE(eventually([&] { return a.ups() > before; }));
  EXPECT_TRUE(a.is_linked_to(b));
}

TEST_F(Links, ANodeThatIsNoMemberAnyMoreIsCutAtOnce) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  a.knows({&a, &b});
  b.knows({&a, &b});
  ASSERT_TRUE(b.is_linked_to(a));
  const auto before = steady_clock::now();
  a.knows({&a});
  EXPECT_TRUE(eventually([&] { return b.downs() > 0; }));
  EXPECT_LT(steady_clock::now() - before, milliseconds(1000));
  EXPECT_EQ(a.links_open(), 0u);
}

TEST_F(Links, WhoIsNoMemberGetsNoLink) {
  mesh_node a(key_of(1), cables), stranger(key_of(9), cables);
  a.knows({&a});
  stranger.knows({&a, &stranger});
  EXPECT_TRUE(eventually([&] { return cables.dials() > 1; }));  // it was turned away and tried again
  EXPECT_EQ(a.links_open(), 0u);
}

TEST_F(Links, ANodeThatNobodyCanDialLinksItself) {
  mesh_node a(key_of(1), cables), hidden(key_of(2), cables);
  hidden.is_dialable = false;
  a.knows({&a, &hidden});
  hidden.knows({&a, &hidden});
  EXPECT_TRUE(a.is_linked_to(hidden));
  EXPECT_TRUE(a.holds(hidden, membership::member_state::alive));
}

TEST_F(Links, ASecondNodeWithTheSameKeyIsRefused) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  a.is_dialable = false;  // so nobody dials a, and this is no crossing of two dials
  b.crossing = milliseconds(0);
  a.knows({&a, &b});
  b.knows({&a, &b});
  ASSERT_TRUE(b.is_linked_to(a));
  mesh_node twin(key_of(1), cables, /*can_be_dialled=*/false);
  twin.knows({&twin, &b});
  EXPECT_TRUE(eventually([&] { return b.twins() > 0; }));
  EXPECT_TRUE(b.is_linked_to(a));
  EXPECT_EQ(b.downs(), 0);
}

TEST_F(Links, ASecondNodeWithTheSameKeyIsKnownByItsLifeWhileTheLinkIsYoung) {
  const auto [smaller, larger] = std::minmax({key_of(1), key_of(2)});
  mesh_node a(smaller, cables), b(larger, cables);
  b.is_dialable = false;  // so b dials a, and gives that link up for one that the smaller key dials: for all it knows this is a crossing
  a.knows({&a, &b});
  b.knows({&a, &b});
  ASSERT_TRUE(b.is_linked_to(a));
  mesh_node twin(smaller, cables, /*can_be_dialled=*/false);
  b.is_dialable = true;
  twin.knows({&twin, &b});
  EXPECT_TRUE(eventually([&] { return b.twins() > 0; }, milliseconds(2000))) << "long before a link is old enough to be asked";
  EXPECT_TRUE(eventually([&] { return b.twins() > 2; })) << "it tries again";
  EXPECT_TRUE(a.is_linked_to(b) && b.is_linked_to(a)) << "the first one is dialled again and stays";
  EXPECT_LE(b.downs(), 2);
}

TEST_F(Links, VersionsThatDoNotMeetAreSaidSo) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  b.speaks(7, 9);
  a.knows({&a, &b});
  b.knows({&a, &b});
  EXPECT_TRUE(eventually([&] { return b.problem_with(a).find("it speaks protocol 1, this node 7 to 9") != std::string::npos; }));
}

TEST_F(Links, TheHighestVersionThatBothSpeakIsUsed) {
  mesh_node a(key_of(1), cables), b(key_of(2), cables);
  b.speaks(1, 9);
  a.knows({&a, &b});
  b.knows({&a, &b});
  ASSERT_TRUE(a.is_linked_to(b));
  EXPECT_EQ(a.version_with(b), proto::version_max);
}

}  // namespace
}  // namespace edgemesh::actors
