#include "openai/api_error.hpp"

#include <gmock/gmock.h>

#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::openai {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ApiError, Case75EveryBodyHasFourKeysAndIsJson) {
  const std::vector<api_error> all = {
      api_error{}, bad_request("m"), bad_request("m", "p", "c"), model_not_found("x", {}), upstream_error(502, "m", "c"),
      unavailable("m", "c", seconds{3}), payload_too_large("m"), context_length_exceeded("m"), forbidden("m", "c"),
      bad_request(std::string("\"\\\x01\n\xFF\xED\xA0\x80", 8), "\xC3")};
  for (const api_error& e : all) {
    const std::string body = e.body();
    ASSERT_FALSE(json::validate(body)) << body;
    const json::value error = json::value::first_in(body)["error"];
    EXPECT_EQ(error.size(), 4u);
    EXPECT_EQ(error["message"].type(), json::kind::string);
    EXPECT_EQ(error["type"].type(), json::kind::string);
    for (const char* key : {"param", "code"})
      EXPECT_THAT(error[key].type(), testing::AnyOf(json::kind::string, json::kind::null)) << key;
  }
}

TEST(ApiError, BuildersFollowTheTable) {
  EXPECT_EQ(bad_request("no", "n").body(), R"({"error":{"message":"no","type":"invalid_request_error","param":"n","code":null}})");
  EXPECT_EQ(payload_too_large("big").body(), R"({"error":{"message":"big","type":"invalid_request_error","param":null,"code":"request_too_large"}})");
  EXPECT_EQ(payload_too_large("").status, 413);
  EXPECT_EQ(context_length_exceeded("").status, 400);
  EXPECT_EQ(context_length_exceeded("").param, "messages");
  EXPECT_EQ(forbidden("", "data_class_denied").status, 403);
  EXPECT_EQ(upstream_error(502, "", "c").type, "upstream_error");
  EXPECT_EQ(upstream_error(504, "", "c").type, "upstream_error");
  EXPECT_EQ(upstream_error(503, "", "c").type, "server_error");
  EXPECT_EQ(upstream_error(500, "", "c").type, "server_error");
}

TEST(ApiError, AnUnknownModelNamesItsNeighbours) {
  const api_error e = model_not_found("lama3", {"llama3", "llama3:8b"});
  EXPECT_EQ(e.status, 404);
  EXPECT_EQ(e.param, "model");
  EXPECT_EQ(e.code, "model_not_found");
  EXPECT_EQ(e.message, "The model 'lama3' does not exist or is not served here. Did you mean 'llama3', 'llama3:8b'?");
  EXPECT_THAT(model_not_found("m", {"1", "2", "3", "4", "5", "6"}).message, Not(HasSubstr("'6'")));
  EXPECT_LT(model_not_found(std::string(1u << 20, 'x'), {}).message.size(), 400u);
}

TEST(ApiError, TheEventIsOneCanonicalFrame) {
  const api_error e = upstream_error(502, "lost\n\ndata: x", "upstream_disconnected");
  EXPECT_EQ(e.event(), "data: " + e.body() + "\n\n");
  EXPECT_EQ(e.body().find('\n'), std::string::npos);
}

TEST(ApiError, LongMessagesAreCutAtACodePoint) {
  std::string euros;
  while (euros.size() < 10'000) euros += "\xE2\x82\xAC";
  const std::string body = bad_request(euros).body();
  EXPECT_LT(body.size(), 4300u);
  EXPECT_THAT(body, Not(HasSubstr("\xEF\xBF\xBD")));
}

TEST(ApiError, Case60RetryAfterIsClampedToAMinute) {
  EXPECT_EQ(unavailable("", "c", seconds{600}).retry_after_to_send(), seconds{60});
  EXPECT_EQ(unavailable("", "c", seconds{0}).retry_after_to_send(), seconds{1});
  EXPECT_EQ(unavailable("", "c", seconds{5}).retry_after_to_send(), seconds{5});
  EXPECT_EQ(api_error{.status = 429}.retry_after_to_send(), seconds{1});
  EXPECT_EQ(upstream_error(503, "", "c").retry_after_to_send(), seconds{1});
  EXPECT_EQ(bad_request("").retry_after_to_send(), std::nullopt);
}

}  // namespace
}  // namespace edgemesh::openai
