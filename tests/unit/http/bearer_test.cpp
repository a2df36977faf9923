#include "http/bearer.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

openai::api_result<std::string> bearer_in(const std::string& fields) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  request_head head;
  scan_fault fault{};
  EXPECT_EQ(scan_head(text, {}, head, fault), scan_result::complete) << fields;
  const auto got = bearer_of(head);
  if (!got) return got.error();
  return std::string(*got);
}

TEST(Bearer, TheKeyIsWhatFollowsTheScheme) {
  EXPECT_EQ(*bearer_in("Authorization: Bearer em_x\r\n"), "em_x");
  EXPECT_EQ(*bearer_in("AUTHORIZATION: bearer   em_x  \r\n"), "em_x");
  EXPECT_EQ(*bearer_in(""), "");
}

TEST(Bearer, AnotherSchemeOrNoKeyIs401) {
  for (const char* fields : {"Authorization: Basic YTpi\r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n", "Authorization: em_x\r\n"})
    EXPECT_EQ(bearer_in(fields).error().status, 401) << fields;
}

TEST(Bearer, TwoFieldsAre400) {
  EXPECT_EQ(bearer_in("Authorization: Bearer a\r\nauthorization: Bearer a\r\n").error().status, 400);
}

}  // namespace
}  // namespace edgemesh::http
