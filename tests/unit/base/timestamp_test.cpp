#include "base/timestamp.hpp"

#include <gtest/gtest.h>

namespace edgemesh {
namespace {

TEST(Timestamp, IsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(timestamp(wall_time{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp(wall_time(milliseconds(1'582'934'399'999))), "2020-02-28T23:59:59.999Z");
  EXPECT_EQ(timestamp(wall_time(milliseconds(1'582'934'400'001))), "2020-02-29T00:00:00.001Z");
  EXPECT_EQ(timestamp(wall_time(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace edgemesh
