#include "admission/page_guard.hpp"

#include <gtest/gtest.h>

namespace edgemesh::admission {
namespace {

TEST(PageGuard, KnowsItsOwnHosts) {
  const page_guard guard({.names = {"llm.fra.example", "10.0.0.5", "2001:db8::5"}});
  for (auto host : {"127.0.0.1", "127.0.0.1:8780", "127.9.9.9:1", "localhost", "LOCALHOST:8780", "localhost.", "app.localhost:3000",
                    "[::1]", "[::1]:8780", "[0:0:0:0:0:0:0:1]:80", "[::ffff:127.0.0.1]:80", "llm.fra.example", "LLM.fra.Example:443",
                    "llm.fra.example.:443", "10.0.0.5:8780", "[2001:DB8:0::5]:8780"})
    EXPECT_TRUE(guard.host_allowed(host)) << host;
}

TEST(PageGuard, RefusesRebindingAndMalformedHosts) {
  const page_guard guard({.names = {"llm.fra.example"}});
  for (auto host : {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", ".localhost",
                    "192.168.1.5", "0.0.0.0:8780", "[::]", "[::2]:80", "llm.fra.example.evil.example", "x.llm.fra.example",
                    "localhost:", "localhost:x", "localhost:99999", "localhost:80:80", "::1", "::1:8780", "[127.0.0.1]", "[localhost]",
                    "[::1", "[::1]x", "[::1]:", "user@localhost", "localhost ", " localhost", "127.1", "0x7f.0.0.1", "017700000001",
                    "2130706433", "localhost/", "."})
    EXPECT_FALSE(guard.host_allowed(host)) << host;
}

TEST(PageGuard, AnOpenListenerTakesAnyHost) {
  const page_guard guard({.any_host = true});
  EXPECT_TRUE(guard.host_allowed("anything.example"));
}

TEST(PageGuard, RefusesPagesUnlessTheirOriginIsListed) {
  const page_guard closed({});
  EXPECT_TRUE(closed.origin_allowed(""));
  EXPECT_FALSE(closed.is_cors_origin(""));
  for (auto origin : {"http://127.0.0.1:8780", "http://localhost", "https://evil.example", "null"})
    EXPECT_FALSE(closed.origin_allowed(origin)) << origin;

  const page_guard listed({.cors_origins = {"https://ui.example", "http://localhost:3000"}});
  for (auto origin : {"https://ui.example", "http://localhost:3000", "HTTPS://UI.example"}) {
    EXPECT_TRUE(listed.origin_allowed(origin)) << origin;
    EXPECT_TRUE(listed.is_cors_origin(origin)) << origin;
  }
  for (auto origin : {"http://ui.example", "https://ui.example:444", "https://ui.example.evil", "https://ui.example/", "null",
                      "https://ui.example https://evil.example"})
    EXPECT_FALSE(listed.origin_allowed(origin)) << origin;
}

TEST(PageGuard, AStarAllowsEveryOrigin) {
  const page_guard open({.cors_origins = {"*"}});
  EXPECT_TRUE(open.origin_allowed("https://any.example"));
  EXPECT_TRUE(open.is_cors_origin("https://any.example"));
  EXPECT_FALSE(open.is_cors_origin(""));
}

}  // namespace
}  // namespace edgemesh::admission
