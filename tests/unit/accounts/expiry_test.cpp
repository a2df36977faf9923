#include "accounts/expiry.hpp"

#include <gtest/gtest.h>

namespace edgemesh::accounts {
namespace {

TEST(Expiry, IsReadAsRfc3339AndWrittenBack) {
  EXPECT_EQ(parse_expiry("2027-01-15T08:00:00Z"), 1'800'000'000);
  EXPECT_EQ(parse_expiry("2027-01-15t10:00:00.123456+02:00"), 1'800'000'000);
  EXPECT_EQ(parse_expiry("2027-01-15 03:30:00-04:30"), 1'800'000'000);
  EXPECT_EQ(parse_expiry("2024-02-29T00:00:00z"), 1'709'164'800);
  EXPECT_EQ(parse_expiry("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_expiry("9999-12-31T23:59:59Z"), expiry_max);
  for (const std::int64_t at : {std::int64_t{0}, std::int64_t{1'800'000'000}, expiry_max}) EXPECT_EQ(parse_expiry(expiry_text(at)), at);
  EXPECT_EQ(expiry_text(1'800'000'000), "2027-01-15T08:00:00Z");
}

TEST(Expiry, RefusesWhatNoCalendarHas) {
  for (const char* bad : {"", "2027", "2027-01-15", "2027-01-15T08:00:00", "2027-13-01T00:00:00Z", "2027-02-29T00:00:00Z",
                          "2027-00-10T00:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:60:00Z", "2027-01-15T08:00:00.Z",
                          "2027-01-15T08:00:00+2:00", "2027-01-15T08:00:00Zx", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00",
                          "2027-1-15T08:00:00Z", "+027-01-15T08:00:00Z", "2027-01-15T08:00:00.000000000000000000000000000000Z"})
    EXPECT_EQ(parse_expiry(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_expiry("2027-01-15T08:00:00.5", true), 1'800'000'000);
  EXPECT_EQ(parse_expiry("2027-01-15", true), std::nullopt);
}

}  // namespace
}  // namespace edgemesh::accounts
