#include "http/rate_fields.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

TEST(RateFields, TimesHaveOpenAisForm) {
  EXPECT_EQ(reset_text(milliseconds(0)), "0ms");
  EXPECT_EQ(reset_text(milliseconds(-5)), "0ms");
  EXPECT_EQ(reset_text(microseconds(1)), "1ms");
  EXPECT_EQ(reset_text(milliseconds(999)), "999ms");
  EXPECT_EQ(reset_text(milliseconds(1000)), "1s");
  EXPECT_EQ(reset_text(milliseconds(1001)), "2s") << "never sooner than it is true";
  EXPECT_EQ(reset_text(seconds(360)), "6m0s");
  EXPECT_EQ(reset_text(seconds(3 * 3600 + 62)), "3h1m2s");
}

TEST(RateFields, OnlyWhatIsLimitedIsTold) {
  response_writer w(200);
  admission::rate_report r;
  r.tokens = admission::rate_state{1000, -20, seconds(3)};
  append_rates(w, r);
  const auto head = std::move(w).without_body();
  EXPECT_NE(head.find("x-ratelimit-limit-tokens: 1000\r\n"), head.npos);
  EXPECT_NE(head.find("x-ratelimit-remaining-tokens: 0\r\n"), head.npos);
  EXPECT_NE(head.find("x-ratelimit-reset-tokens: 3s\r\n"), head.npos);
  EXPECT_EQ(head.find("requests"), head.npos);
}

}  // namespace
}  // namespace edgemesh::http
