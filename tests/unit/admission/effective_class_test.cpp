#include "admission/effective_class.hpp"

#include <gtest/gtest.h>

namespace edgemesh::admission {
namespace {

TEST(EffectiveClass, NoHeaderAsksForNothing) {
  EXPECT_EQ(class_from_header({}, "").value(), 0);
  EXPECT_EQ(class_from_header({}, "  ").value(), 0);
}

TEST(EffectiveClass, NamesAreLevelsInTheirOrder) {
  EXPECT_EQ(class_from_header({}, "public").value(), 0);
  EXPECT_EQ(class_from_header({}, " Internal ").value(), 1);
  EXPECT_EQ(class_from_header({}, "CONFIDENTIAL").value(), 2);
  const data_classes own{{"open", "patient"}};
  EXPECT_EQ(class_from_header(own, "patient").value(), 1);
}

TEST(EffectiveClass, AnUnknownClassFailsClosed) {
  for (auto header : {"secret", "public, confidential", "confidentia", "0", "confidential\x01"}) {
    const auto level = class_from_header({}, header);
    ASSERT_FALSE(level) << header;
    EXPECT_EQ(level.error().status, 400);
    EXPECT_EQ(level.error().code, "unknown_data_class");
    EXPECT_EQ(level.error().param, std::nullopt);
    EXPECT_NE(level.error().message.find("public, internal, confidential"), std::string::npos);
  }
}

}  // namespace
}  // namespace edgemesh::admission
