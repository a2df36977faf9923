#include "actors/accounts/admin_gate.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/store/temporary_folder.hpp"

namespace edgemesh::actors {
namespace {

class AdminGate : public ::testing::Test {
 protected:
  admin_gate gate(bool needs_keys = false, bool is_open = false) {
    return admin_gate({needs_keys, is_open, 1000, folder_.path() / "admin.token", [](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), 7); }});
  }
  store::temporary_folder folder_;
};

TEST_F(AdminGate, TheNodesUserAndRootNeedNothing) {
  auto g = gate();
  EXPECT_TRUE(g.authorize("", 1000, key_role::admin, {}));
  EXPECT_TRUE(g.authorize("", 0, key_role::admin, {}));
  EXPECT_EQ(g.authorize("", 1001, key_role::viewer, {}).error().status, 403);
}

TEST_F(AdminGate, WhereTheUserCannotBeToldTheTokenInTheFileOpens) {
  auto g = gate();
  EXPECT_EQ(g.authorize("", std::nullopt, key_role::viewer, {}).error().status, 401);
  std::string token;
  std::ifstream(folder_.path() / "admin.token") >> token;
  EXPECT_EQ(token.size(), 64u) << "made when it was first needed";
  EXPECT_EQ(std::filesystem::status(folder_.path() / "admin.token").permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_TRUE(g.authorize(token, std::nullopt, key_role::admin, {}));
  EXPECT_TRUE(g.authorize(token, 1001, key_role::admin, {}));
  EXPECT_FALSE(g.authorize(token + "x", std::nullopt, key_role::viewer, {}));
}

TEST_F(AdminGate, AnOpenOneAsksNobody) { EXPECT_TRUE(gate(false, true).authorize("", std::nullopt, key_role::admin, {})); }

TEST_F(AdminGate, WithKeysTheUserDoesNotCount) {
  auto g = gate(true);
  EXPECT_EQ(g.authorize("", 0, key_role::viewer, {}).error().status, 503) << "closed until the keys are read";
  g.use_keys(std::make_shared<const admission::key_ring>());
  EXPECT_EQ(g.authorize("", 0, key_role::viewer, {}).error().status, 401);
  EXPECT_EQ(g.authorize("em_nonsense", 0, key_role::viewer, {}).error().code, "invalid_api_key");
}

}  // namespace
}  // namespace edgemesh::actors
