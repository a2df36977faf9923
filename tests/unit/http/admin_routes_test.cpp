#include "http/admin_routes.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

using kind = admin_question::kind;

void expect_question(const char* method, const char* path, kind what, const char* subject = "") {
  const auto route = match_admin(method, path, false);
  ASSERT_TRUE(route.question) << method << ' ' << path;
  EXPECT_EQ(route.question->what, what) << path;
  EXPECT_EQ(route.question->subject, subject) << path;
}

TEST(AdminRoutes, EachPathAsksItsQuestion) {
  expect_question("GET", "/metrics", kind::metrics);
  expect_question("GET", "/admin/v1/status", kind::status);
  expect_question("GET", "/admin/v1/backends", kind::backends);
  expect_question("GET", "/admin/v1/models", kind::models);
  expect_question("GET", "/admin/v1/sessions", kind::sessions);
  expect_question("GET", "/admin/v1/requests", kind::requests);
  expect_question("POST", "/admin/v1/explain", kind::explain);
  expect_question("POST", "/admin/v1/reload", kind::reload);
  expect_question("GET", "/admin/v1/backends/laptop", kind::backend, "laptop");
  expect_question("POST", "/admin/v1/backends/laptop/drain", kind::backend_drain, "laptop");
  expect_question("POST", "/admin/v1/backends/laptop/enable", kind::backend_enable, "laptop");
  expect_question("POST", "/admin/v1/backends/laptop/probe", kind::backend_probe, "laptop");
  expect_question("DELETE", "/admin/v1/sessions/s-1-2", kind::session_cancel, "s-1-2");
  expect_question("GET", "/admin/v1/requests/req%2D1", kind::request, "req-1");
  expect_question("GET", "/admin/v1/keys", kind::keys);
  expect_question("POST", "/admin/v1/keys", kind::key_create);
  expect_question("POST", "/admin/v1/keys/import", kind::keys_import);
  expect_question("PATCH", "/admin/v1/keys/abc", kind::key_update, "abc");
  expect_question("DELETE", "/admin/v1/keys/abc", kind::key_revoke, "abc");
  expect_question("POST", "/admin/v1/keys/abc/rotate", kind::key_rotate, "abc");
  expect_question("DELETE", "/admin/v1/groups/team", kind::group_delete, "team");
  expect_question("GET", "/admin/v1/usage", kind::usage);
  expect_question("GET", "/admin/v1/audit", kind::audit);
}

TEST(AdminRoutes, Case77OtherMethodsAreToldWhatIsAllowed) {
  for (const auto& [method, path, allow] : {std::tuple{"POST", "/admin/v1/status", "GET, HEAD"}, {"DELETE", "/metrics", "GET, HEAD"},
                                            {"GET", "/admin/v1/reload", "POST"}, {"GET", "/admin/v1/explain", "POST"}, {"HEAD", "/admin/v1/reload", "POST"},
                                            {"GET", "/admin/v1/sessions/s-1-2", "DELETE"}, {"POST", "/healthz", "GET, HEAD"}}) {
    const auto route = match_admin(method, path, false);
    EXPECT_FALSE(route.question || route.healthz) << path;
    EXPECT_NE(route.allow.find(allow), std::string_view::npos) << path << ": " << route.allow;
  }
}

TEST(AdminRoutes, Case77OtherPathsAreNotThere) {
  for (const char* path : {"/", "/admin", "/admin/v1", "/admin/v1/", "/admin/v2/status", "/v1/models", "/v1/chat/completions", "/admin/v1/backends/",
                           "/admin/v1/backends/a/b", "/admin/v1/backends/a/drain/x", "/admin/v1/backends//drain", "/admin/v1/sessions/", "/admin/v1/requests/%zz", "/metrics/"}) {
    const auto route = match_admin("GET", path, false);
    EXPECT_FALSE(route.question || route.healthz) << path;
    EXPECT_TRUE(route.allow.empty()) << path;
  }
}

TEST(AdminRoutes, TheMetricsListenerHasMetricsAndHealthAlone) {
  EXPECT_TRUE(match_admin("GET", "/metrics", true).question);
  EXPECT_TRUE(match_admin("GET", "/healthz", true).healthz);
  for (const char* path : {"/admin/v1/status", "/admin/v1/reload", "/admin/v1/backends/a/drain", "/admin/v1/sessions/s-1-2", "/admin/v1/explain"})
    for (const char* method : {"GET", "POST", "DELETE"}) {
      const auto route = match_admin(method, path, true);
      EXPECT_FALSE(route.question) << path;
      EXPECT_TRUE(route.allow.empty()) << path;
    }
}

}  // namespace
}  // namespace edgemesh::http
