#include "accounts/access.hpp"

#include "tests/unit/accounts/book_fixture.hpp"

namespace edgemesh::accounts {
namespace {

struct access_fixture : book_fixture {
  access_fixture() {
    org = new_group(R"({"name":"org"})");
    team = new_group(R"({"name":"team","parent":"org"})");
    other = new_group(R"({"name":"other"})");
    lead_key = new_key(R"({"role":"group-admin","group":"team","limits":{"requests_per_minute":1}})");
    own = new_key(R"({"name":"own","group":"team"})");
    foreign = new_key(R"({"name":"foreign","group":"other"})");
    free = new_key(R"({"name":"free"})");
    lead = {lead_key, key_role::group_admin, team};
  }
  std::string create(std::string_view json) { return refused(book.create_key(json, by(lead))); }
  std::string update(const std::string& id, std::string_view json) { return refused(book.update_key(id, json, by(lead))); }
  std::string org, team, other, lead_key, own, foreign, free;
  actor_facts lead;
};

TEST(Access, AGroupAdminMakesClientsOfItsOwnGroup) {
  access_fixture f;
  EXPECT_EQ(f.policy(f.new_key("{}", f.lead)).group, f.team);
  EXPECT_EQ(f.policy(f.new_key(R"({"group":"team","role":"client"})", f.lead)).group, f.team);
  EXPECT_EQ(f.policy(f.new_key(R"({"group":")" + f.team + R"("})", f.lead)).group, f.team);
  for (const char* role : {"viewer", "group-admin", "admin"})
    EXPECT_EQ(f.create(R"({"role":")" + std::string(role) + R"("})"), "403 insufficient_role role") << role;
  for (const auto& group : {std::string("other"), std::string("org"), f.other, f.org, std::string("nobody")})
    EXPECT_EQ(f.create(R"({"group":")" + group + R"("})"), "403 insufficient_role group") << group;
  EXPECT_EQ(f.create(R"({"group":null})"), "403 insufficient_role group");
}

TEST(Access, AGroupAdminChangesClientsOfItsOwnGroupAndNothingElse) {
  access_fixture f;
  EXPECT_EQ(f.update(f.own, R"({"limits":{"requests_per_minute":1000}})"), "was done");  // the group's own limits hold beside it
  EXPECT_EQ(f.update(f.own, R"({"role":"admin"})"), "403 insufficient_role role");
  EXPECT_EQ(f.update(f.own, R"({"role":"group-admin"})"), "403 insufficient_role role");
  EXPECT_EQ(f.update(f.own, R"({"group":"other"})"), "403 insufficient_role group");
  EXPECT_EQ(f.update(f.own, R"({"group":null})"), "403 insufficient_role group");
  EXPECT_EQ(f.update(f.lead_key, R"({"limits":null})"), "403 insufficient_role");  // its own
  EXPECT_EQ(f.update(f.lead_key, R"({"role":"client"})"), "403 insufficient_role");
  for (const auto& id : {f.foreign, f.free}) {
    EXPECT_EQ(f.update(id, R"({"name":"x"})"), "404 key_not_found");
    EXPECT_EQ(f.update(id, R"({"group":"team"})"), "404 key_not_found");
    EXPECT_EQ(access_fixture::refused(f.book.revoke_key(id, f.by(f.lead))), "404 key_not_found");
    EXPECT_EQ(access_fixture::refused(f.book.rotate_key(id, "", f.by(f.lead))), "404 key_not_found");
    EXPECT_EQ(key_page(f.book.table(), id, f.by(f.lead)).error().code, "key_not_found");
  }
  const auto boss = f.new_key(R"({"role":"admin","group":"team"})");
  EXPECT_EQ(access_fixture::refused(f.book.rotate_key(boss, "", f.by(f.lead))), "403 insufficient_role");
  EXPECT_EQ(access_fixture::refused(f.book.revoke_key(boss, f.by(f.lead))), "403 insufficient_role");
  f.done(f.book.rotate_key(f.own, "", f.by(f.lead)));
  f.done(f.book.revoke_key(f.own, f.by(f.lead)));
}

TEST(Access, AGroupAdminChangesNoGroup) {
  access_fixture f;
  const auto a = f.by(f.lead);
  EXPECT_EQ(access_fixture::refused(f.book.create_group(R"({"name":"x"})", a)), "403 insufficient_role");
  EXPECT_EQ(access_fixture::refused(f.book.update_group("team", R"({"limits":null})", a)), "403 insufficient_role");
  EXPECT_EQ(access_fixture::refused(f.book.delete_group("team", a)), "403 insufficient_role");
  EXPECT_EQ(group_page(f.book.table(), "org", a).error().code, "group_not_found");
  EXPECT_TRUE(group_page(f.book.table(), "team", a));
  const auto groups = groups_page(f.book.table(), {}, a).value();
  EXPECT_NE(groups.find(f.team), std::string::npos);
  EXPECT_EQ(groups.find(f.other), std::string::npos);
}

TEST(Access, AGroupAdminSeesItsOwnGroupAlone) {
  access_fixture f;
  const auto page = keys_page(f.book.table(), {}, f.by(f.lead)).value();
  EXPECT_NE(page.find(f.own), std::string::npos);
  EXPECT_NE(page.find(f.lead_key), std::string::npos);
  EXPECT_EQ(page.find(f.foreign), std::string::npos);
  EXPECT_EQ(page.find(f.free), std::string::npos);
  page_request asked;
  asked.group = "other";
  EXPECT_EQ(keys_page(f.book.table(), asked, f.by(f.lead)).error().code, "group_not_found");
}

TEST(Access, AGroupAdminImportsIntoItsOwnGroupAlone) {
  access_fixture f;
  f.done(f.book.import_keys(R"({"secret":"sk-1"})", f.by(f.lead)));
  EXPECT_EQ(access_fixture::refused(f.book.import_keys(R"({"secret":"sk-2","group":"other"})", f.by(f.lead))), "403 insufficient_role group");
  EXPECT_EQ(access_fixture::refused(f.book.import_keys(R"({"secret":"sk-2","role":"admin"})", f.by(f.lead))), "403 insufficient_role role");
  f.done(f.book.import_keys(R"({"secret":"sk-3","name":"hidden","group":"other"})", f.by()));
  const auto outcome = f.book.import_keys(R"({"secret":"sk-3"})", f.by(f.lead));
  EXPECT_EQ(access_fixture::refused(outcome), "409 key_exists");
  EXPECT_EQ(outcome.error().message.find("hidden"), std::string::npos);
}

TEST(Access, OthersManageNothing) {
  access_fixture f;
  for (const auto& who : {actor_facts{f.own, key_role::client, f.team}, actor_facts{"viewer0001", key_role::viewer, ""},
                          actor_facts{"groupless1", key_role::group_admin, ""}}) {
    const auto a = f.by(who);
    EXPECT_EQ(access_fixture::refused(f.book.create_key("{}", a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.update_key(f.own, "{}", a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.update_key(f.free, "{}", a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.revoke_key(f.own, a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.rotate_key(f.own, "", a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.import_keys("{}", a)), "403 insufficient_role");
    EXPECT_EQ(access_fixture::refused(f.book.create_group("{}", a)), "403 insufficient_role");
    EXPECT_EQ(keys_page(f.book.table(), {}, a).error().status, 403);
    EXPECT_EQ(groups_page(f.book.table(), {}, a).error().status, 403);
    EXPECT_EQ(key_page(f.book.table(), f.own, a).error().status, 403);
    EXPECT_EQ(group_page(f.book.table(), "team", a).error().status, 403);
  }
}

}  // namespace
}  // namespace edgemesh::accounts
