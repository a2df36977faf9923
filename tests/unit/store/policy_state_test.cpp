#include "store/policy_state.hpp"

#include <gtest/gtest.h>

#include "store/restoring.hpp"
#include "temporary_folder.hpp"

namespace edgemesh::store {
namespace {

store_id id_of(std::uint8_t n) {
  store_id id;
  id.bytes[0] = n;
  return id;
}

policy_row a_row(bool is_group, std::string id, std::string name) {
  policy_row row{is_group, std::move(id), {}};
  row.body.seen[id_of(1)] = 1;
  row.body.writes.push_back({1, {id_of(1), 1}, 5, "", std::move(name)});
  return row;
}

class PolicyState : public ::testing::Test {
 protected:
  temporary_folder folder_;
  std::filesystem::path at(const char* name) const { return folder_.path() / name; }
};

TEST_F(PolicyState, KeysAndGroupsComeBackAsTheyWere) {
  auto disk = *open_store(at("store"));
  const auto key = a_row(false, "k1", "app"), group = a_row(true, "g1", "team");
  ASSERT_TRUE(disk->write({policy_change(key), policy_change(group)}, durability::synced));
  const auto rows = *load_policies(*disk);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].is_group);
  EXPECT_EQ(rows[0].body, group.body);
  EXPECT_EQ(rows[1].id, "k1");
  EXPECT_EQ(rows[1].body, key.body);
}

TEST_F(PolicyState, ALaterVersionAndDamageAreSaidNotSkipped) {
  auto disk = *open_store(at("store"));
  ASSERT_TRUE(disk->write({{family::policy, "kx", "\x02later"}}, durability::synced));
  EXPECT_NE(load_policies(*disk).error().message.find("later version"), std::string::npos);
  ASSERT_TRUE(disk->write({{family::policy, "kx", "\x01nonsense"}}, durability::synced));
  EXPECT_NE(load_policies(*disk).error().message.find("damaged"), std::string::npos);
}

TEST_F(PolicyState, AStoreThatTookAnotherNameRemembersTheFormerOnes) {
  auto opened = open_store(at("store"));
  ASSERT_TRUE(opened);
  const auto& disk = *opened;
  ASSERT_TRUE(load_or_make_store_id(*disk, id_of(1)));
  ASSERT_TRUE(replace_store_id(*disk, id_of(2)));
  ASSERT_TRUE(replace_store_id(*disk, id_of(3)));
  const auto now = *load_or_make_store_id(*disk, id_of(4));
  EXPECT_EQ(now.id, id_of(3));
  EXPECT_FALSE(now.is_new);
  EXPECT_EQ(now.former, (std::vector<store_id>{id_of(1), id_of(2)}));
  ASSERT_TRUE(disk->write({{family::node, "store.former", "short"}}, durability::written));
  EXPECT_FALSE(load_or_make_store_id(*disk, id_of(4)));
}

TEST_F(PolicyState, TheStoreKeepsItsIdAndARestoredOneGetsAnother) {
  {
    auto disk = *open_store(at("store"));
    const auto made = *load_or_make_store_id(*disk, id_of(7));
    EXPECT_TRUE(made.is_new);
    EXPECT_EQ(load_or_make_store_id(*disk, id_of(8))->id, id_of(7));
    ASSERT_TRUE(disk->write({policy_change(a_row(false, "k1", "app"))}, durability::synced));
    ASSERT_TRUE(disk->copy_to(at("backup")));
    EXPECT_FALSE(disk->copy_to(at("backup"))) << "never over another one";
  }
  EXPECT_FALSE(restore_store(at("backup"), at("store"))) << "never over a store";
  EXPECT_FALSE(restore_store(at("nothing"), at("other")));
  EXPECT_FALSE(std::filesystem::exists(at("other")));
  ASSERT_TRUE(restore_store(at("backup"), at("other")));
  auto disk = *open_store(at("other"));
  EXPECT_EQ(load_policies(*disk)->size(), 1u);
  const auto again = *load_or_make_store_id(*disk, id_of(9));
  EXPECT_TRUE(again.former.empty()) << "nobody else writes under the name of a backup";
  EXPECT_TRUE(again.is_new);
  EXPECT_EQ(again.id, id_of(9));
}

}  // namespace
}  // namespace edgemesh::store
