#include "base/units.hpp"

#include <gtest/gtest.h>

namespace edgemesh {
namespace {
using namespace std::chrono_literals;

TEST(Units, ReadsBytesInBothPowers) {
  EXPECT_EQ(parse_bytes("0B"), 0u);
  EXPECT_EQ(parse_bytes("64MB"), 64'000'000u);
  EXPECT_EQ(parse_bytes("32KiB"), 32'768u);
  EXPECT_EQ(parse_bytes("2GB"), 2'000'000'000u);
  EXPECT_EQ(parse_bytes("1GiB"), 1u << 30);
  EXPECT_EQ(parse_bytes("4611686018427387904B"), byte_count{1} << 62);
}

TEST(Units, RefusesMalformedBytes) {
  for (auto text : {"", "B", "64", "64mb", "-1B", "1.5MB", "64 MB", " 64MB", "64MBx", "4611686018427387905B", "9999999999GiB",
                    "99999999999999999999999B"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Units, ReadsDurationsWithFractions) {
  EXPECT_EQ(parse_duration("200ms"), 200ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.25ms"), 250us);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
  EXPECT_EQ(parse_duration("7us"), 7us);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Units, RefusesMalformedDurations) {
  for (auto text : {"", "s", "30", "-1s", "1.s", ".5s", "1,5s", "1 s", "1sec", "36501d", "99999999999999999999h", "1e3s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, WritesWhatItReads) {
  for (auto text : {"0B", "64MB", "32KiB", "1GiB", "1500B", "3KB"}) EXPECT_EQ(format_bytes(*parse_bytes(text)), text);
  for (auto text : {"0s", "200ms", "30s", "5m", "2h", "1d", "90s", "17ns", "1500ms"})
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
}

TEST(Units, RoundsLongValuesForPeople) {
  EXPECT_EQ(format_bytes(12'345'678), "12.346MB");
  EXPECT_EQ(format_duration(nanoseconds(1'234'567)), "1.235ms");
  EXPECT_EQ(format_duration(nanoseconds(100'000'000'001)), "100s");
  EXPECT_EQ(format_duration(-1500ms), "-1500ms");
}

}  // namespace
}  // namespace edgemesh
