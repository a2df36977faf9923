#include "accounts/views.hpp"

#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

std::vector<std::string> ids_of(const std::string& page) {
  EXPECT_FALSE(json::validate(page));
  std::vector<std::string> out;
  for (const auto v : json::value::first_in(page)["data"].elements()) out.push_back(v["id"].text_or("?"));
  return out;
}

TEST(Views, AListComesInPages) {
  book_fixture f;
  f.new_group(R"({"name":"a & b"})");
  std::set<std::string> all, grouped;
  for (int i = 0; i < 25; ++i) {
    const auto id = f.new_key(i % 2 ? R"({"group":"a & b"})" : "{}");
    all.insert(id);
    if (i % 2) grouped.insert(id);
  }
  std::vector<std::string> seen;
  page_request page{.limit = 10, .after = {}, .group = {}};
  for (int pages = 0; pages < 3; ++pages) {
    const auto text = keys_page(f.book.table(), page, f.by()).value();
    const auto ids = ids_of(text);
    EXPECT_EQ(ids.size(), pages < 2 ? 10u : 5u);
    seen.insert(seen.end(), ids.begin(), ids.end());
    EXPECT_EQ(field(text, "next"), pages < 2 ? ids.back() : "null");
    page.after = ids.back();
  }
  EXPECT_EQ(seen, std::vector<std::string>(all.begin(), all.end()));
  const auto of_group = ids_of(keys_page(f.book.table(), read_page_request("group=a+%26%20b&limit=1000").value(), f.by()).value());
  EXPECT_EQ(of_group, std::vector<std::string>(grouped.begin(), grouped.end()));
  page.group = "nobody";
  EXPECT_EQ(keys_page(f.book.table(), page, f.by()).error().code, "group_not_found");
  EXPECT_EQ(ids_of(keys_page(key_book(book_fixture::options_of(1)).table(), {}, f.by()).value()).size(), 0u);
}

TEST(Views, ADeletedGroupIsNotShown) {
  book_fixture f;
  const auto org = f.new_group(R"({"name":"org","budget":{"amount":5,"unit":"tokens"}})"), team = f.new_group(R"({"name":"team","parent":"org"})");
  f.new_key(R"({"group":"org"})");
  EXPECT_EQ(ids_of(groups_page(f.book.table(), {}, f.by()).value()).size(), 2u);
  EXPECT_EQ(ids_of(groups_page(f.book.table(), read_page_request("parent=org").value(), f.by()).value()), std::vector<std::string>{team});
  f.done(f.book.delete_group("team", f.by()));
  EXPECT_EQ(ids_of(groups_page(f.book.table(), {}, f.by()).value()), std::vector<std::string>{org});
  EXPECT_EQ(group_page(f.book.table(), team, f.by()).error().code, "group_not_found");
  EXPECT_EQ(group_page(f.book.table(), "org", f.by()).value(),
            R"({"id":")" + org + R"(","name":"org","parent":null,"parent_name":null,"models":null,"backends":null,"sites":null,"data_class":null,)"
            R"("limits":{"requests_per_minute":null,"tokens_per_minute":null,"concurrency":null,"models":{}},)"
            R"("budget":{"amount":5,"unit":"tokens","period":"month"},"disabled":false,"keys":1,"unreadable":false,)"
            R"("created_at":"2027-01-15T08:00:00.001Z","created_by":"adminkey01","changed_at":"2027-01-15T08:00:00.001Z",)"
            R"("changed_by":"adminkey01","conflicts":[]})");
}

TEST(Views, AQueryIsReadStrictly) {
  const auto page = read_page_request("limit=7&after=0123456789").value();
  EXPECT_EQ(page.limit, 7u);
  EXPECT_EQ(page.after, "0123456789");
  EXPECT_EQ(read_page_request("").value().limit, page_request::limit_default);
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "limit=", "limit=-1", "limit=7x", "limit", "limit=99999999999999999999",
                          "after=x", "after=", "group=", "group=%zz", "group=%4", "group=%0a", "group=%ff", "page=2"})
    EXPECT_EQ(read_page_request(bad).error().status, 400) << bad;
}

TEST(Views, WhatIsNotUnderstoodIsSaid) {
  book_fixture f;
  const auto id = f.new_key("{}");
  auto registers = *f.book.table().find({subject_kind::key, id});
  const replication::policy_registers::writer later{store_id{}, replication::hybrid_time{~std::uint64_t{0}}, "later"};
  ASSERT_TRUE(registers.set(static_cast<std::uint8_t>(proto::policy_field::budget), "\xff", later));
  ASSERT_TRUE(registers.set(99, "\xff", later));
  ASSERT_TRUE(f.book.join({subject_kind::key, id}, registers.body()).changed);
  EXPECT_NE(f.page(id).find(R"("unreadable":true)"), std::string::npos);
  EXPECT_NE(f.page(id).find(R"("changed_by":"later")"), std::string::npos);
  EXPECT_EQ(key_page(f.book.table(), "nobody", f.by()).error().code, "key_not_found");
}

}  // namespace
}  // namespace edgemesh::accounts
