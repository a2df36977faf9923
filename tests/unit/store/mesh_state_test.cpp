#include "store/mesh_state.hpp"

#include <gmock/gmock.h>

#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

template <class Name>
Name filled(std::uint8_t with) {
  Name out;
  out.bytes.fill(with);
  return out;
}

class MeshState : public testing::Test {
 protected:
  MeshState() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = open_store(at_.path());
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }
  store& disk() { return *store_; }
  mesh_state loaded() {
    auto out = load_mesh_state(disk());
    if (!out || !*out) throw std::runtime_error(out ? "no mesh" : out.error().message);
    return std::move(**out);
  }
  void found() {
    ASSERT_TRUE(save_mesh_founding(disk(), {filled<mesh_id>(1), filled<content_hash>(2), "founding record"}, {}));
  }

 private:
  temporary_folder at_;
  std::unique_ptr<store> store_;
};

TEST_F(MeshState, IsAbsentBeforeAMeshIsFoundedOrJoined) {
  const auto state = load_mesh_state(disk());
  ASSERT_TRUE(state);
  EXPECT_FALSE(*state);
}

TEST_F(MeshState, IsFoundAgainAfterARestart) {
  found();
  reopen();
  const auto state = loaded();
  EXPECT_EQ(state.id, filled<mesh_id>(1));
  EXPECT_EQ(state.founding, filled<content_hash>(2));
  EXPECT_EQ(state.incarnation, 0u);
  EXPECT_THAT(state.records, UnorderedElementsAre("founding record"));
}

TEST_F(MeshState, RefusesASecondMesh) {
  found();
  const auto again = save_mesh_founding(disk(), {filled<mesh_id>(9), filled<content_hash>(9), "other"}, {});
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("in the mesh 01010101 already: leave it first"));
  EXPECT_EQ(loaded().id, filled<mesh_id>(1));
  EXPECT_TRUE(save_mesh_founding(disk(), {filled<mesh_id>(1), filled<content_hash>(2), "founding record"}, {}));
}

TEST_F(MeshState, TakesTheClockAsIncarnationAndNeverGoesBack) {
  found();
  EXPECT_EQ(*next_incarnation(disk(), 1'800'000'000), 1'800'000'000u);
  EXPECT_EQ(*next_incarnation(disk(), 1'800'000'000), 1'800'000'064u);
  reopen();
  EXPECT_EQ(*next_incarnation(disk(), 5), 1'800'000'128u);  // the clock stepped back to 1970
  EXPECT_EQ(*next_incarnation(disk(), -5), 1'800'000'192u);
  EXPECT_EQ(*next_incarnation(disk(), 2'200'000'000), 2'200'000'000u);
  EXPECT_EQ(loaded().incarnation, 2'200'000'000u);
}

TEST_F(MeshState, KeepsARefutationWithoutBeginningALife) {
  found();
  EXPECT_EQ(*next_incarnation(disk(), 640), 640u);
  ASSERT_TRUE(keep_incarnation(disk(), 641));
  EXPECT_EQ(loaded().incarnation, 641u);
  ASSERT_TRUE(keep_incarnation(disk(), 640));
  EXPECT_EQ(loaded().incarnation, 641u) << "never back";
  EXPECT_EQ(*next_incarnation(disk(), 0), 704u);
}

TEST_F(MeshState, ReplacesAndForgetsRecordsByTheirKey) {
  found();
  const std::vector<stored_record> batch{{1, "one"}, {2, "two"}, {0xffff'ffff'ffff'ffff, "last"}};
  ASSERT_TRUE(save_records(disk(), batch, durability::written));
  const std::vector<stored_record> news{{1, "one, newer"}, {2, ""}};
  ASSERT_TRUE(save_records(disk(), news, durability::synced));
  reopen();
  EXPECT_THAT(loaded().records, UnorderedElementsAre("founding record", "one, newer", "last"));
}

TEST_F(MeshState, KeepsTheFoundingRecordBesideALaterOneOfItsName) {
  found();
  const std::vector<stored_record> renewed{{7, "the founder, renewed"}};
  ASSERT_TRUE(save_records(disk(), renewed, durability::written));
  reopen();
  EXPECT_THAT(loaded().records, UnorderedElementsAre("founding record", "the founder, renewed"));
}

TEST_F(MeshState, ForgetsTheMeshButNotItsIncarnation) {
  found();
  ASSERT_TRUE(next_incarnation(disk(), 1'800'000'000));
  ASSERT_TRUE(forget_mesh(disk()));
  const auto state = load_mesh_state(disk());
  ASSERT_TRUE(state);
  EXPECT_FALSE(*state);
  ASSERT_TRUE(save_mesh_founding(disk(), {filled<mesh_id>(9), filled<content_hash>(9), "another"}, {}));
  EXPECT_THAT(loaded().records, UnorderedElementsAre("another"));
  EXPECT_EQ(*next_incarnation(disk(), 0), 1'800'000'064u);
}

TEST_F(MeshState, SaysThatAnEntryOfImpossibleSizeIsDamage) {
  found();
  ASSERT_TRUE(disk().write({{family::node, "incarnation", "12345"}}, durability::written));
  const auto state = load_mesh_state(disk());
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("\"incarnation\" has an impossible size"));
  EXPECT_FALSE(next_incarnation(disk(), 1));
}

}  // namespace
}  // namespace edgemesh::store
