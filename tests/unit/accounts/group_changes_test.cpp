#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

TEST(GroupChanges, AGroupIsFoundByIdAndByName) {
  book_fixture f;
  const auto org = f.new_group(R"({"name":"org"})");
  EXPECT_TRUE(admission::is_key_id(org));
  const auto team = f.new_group(R"({"name":"team","parent":"org","limits":{"requests_per_minute":5},"sites":["fra"]})");
  EXPECT_EQ(f.book.table().group(team)->policy.parent, org);
  const auto by_name = f.new_key(R"({"group":"team"})"), by_id = f.new_key(R"({"group":")" + team + R"("})");
  EXPECT_EQ(f.policy(by_name).group, team);
  EXPECT_EQ(f.policy(by_id).group, team);
  f.done(f.book.update_group("team", R"({"name":"crew"})", f.by()));
  EXPECT_NE(f.page(by_id).find(R"("group_name":"crew")"), std::string::npos);
  EXPECT_EQ(book_fixture::refused(f.book.update_group("team", "{}", f.by())), "404 group_not_found id");
  EXPECT_NE(group_page(f.book.table(), "crew", f.by()).value().find(R"("parent_name":"org")"), std::string::npos);
}

TEST(GroupChanges, NamesAreUniqueAndGroupsNestOnce) {
  book_fixture f;
  const auto org = f.new_group(R"({"name":"org"})");
  const auto team = f.new_group(R"({"name":"team","parent":"org"})");
  f.new_group(R"({"name":"other"})");
  const auto refused = [&](std::string_view id, std::string_view json) {
    return book_fixture::refused(f.book.update_group(id, json, f.by()));
  };
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({"name":"org"})", f.by())), "409 group_name_taken name");
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({})", f.by())), "400 missing_field name");
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({"name":"x","parent":"team"})", f.by())), "409 group_nesting parent");
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({"name":"x","parent":"nobody"})", f.by())), "404 group_not_found parent");
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({"name":"x","owner":"y"})", f.by())), "400 unknown_field owner");
  EXPECT_EQ(book_fixture::refused(f.book.create_group(R"({"name":"x","limits":{"concurrency":-1}})", f.by())), "400 invalid_value limits.concurrency");
  EXPECT_EQ(refused("team", R"({"name":"other"})"), "409 group_name_taken name");
  EXPECT_EQ(refused("team", R"({"name":null})"), "400 missing_field name");
  EXPECT_EQ(refused("org", R"({"parent":"other"})"), "409 group_nesting parent");
  EXPECT_EQ(refused("other", R"({"parent":"other"})"), "409 group_nesting parent");
  EXPECT_EQ(refused("other", R"({"parent":"team"})"), "409 group_nesting parent");
  f.done(f.book.update_group(team, R"({"name":"team","parent":null})", f.by()));  // its own name is not taken
  f.done(f.book.update_group("org", R"({"parent":"other"})", f.by()));
  EXPECT_EQ(f.book.table().chain_of(org).size(), 2u);
}

TEST(GroupChanges, OnlyAnEmptyGroupIsDeletedAndForEver) {
  book_fixture f;
  f.new_group(R"({"name":"org"})");
  const auto team = f.new_group(R"({"name":"team","parent":"org"})");
  const auto key = f.new_key(R"({"group":"team"})");
  EXPECT_EQ(book_fixture::refused(f.book.delete_group("team", f.by())), "409 group_in_use");
  EXPECT_EQ(book_fixture::refused(f.book.delete_group("org", f.by())), "409 group_in_use");
  f.done(f.book.revoke_key(key, f.by()));  // a key that is over holds no group
  EXPECT_EQ(f.done(f.book.delete_group("team", f.by())).body, R"({"id":")" + team + R"(","deleted":true})");
  EXPECT_EQ(book_fixture::refused(f.book.delete_group(team, f.by())), "404 group_not_found id");
  EXPECT_EQ(book_fixture::refused(f.book.create_key(R"({"group":"team"})", f.by())), "404 group_not_found group");
  f.done(f.book.delete_group("org", f.by()));
  EXPECT_NE(f.new_group(R"({"name":"team"})"), team);
}

TEST(GroupChanges, WhatIsDisabledEndsTheRequestsOfAllKeysUnderIt) {
  book_fixture f;
  f.new_group(R"({"name":"org"})");
  f.new_group(R"({"name":"team","parent":"org"})");
  const auto a = f.new_key(R"({"group":"org"})"), b = f.new_key(R"({"group":"team"})");
  f.new_key("{}");
  auto ended = f.done(f.book.update_group("org", R"({"disabled":true})", f.by())).ended_keys;
  std::sort(ended.begin(), ended.end());
  EXPECT_EQ(ended, (std::vector<std::string>{std::min(a, b), std::max(a, b)}));
  EXPECT_TRUE(f.done(f.book.update_group("org", R"({"sites":["x"]})", f.by())).ended_keys.empty());
  EXPECT_TRUE(f.book.table().is_closed_key(b));
}

}  // namespace
}  // namespace edgemesh::accounts
