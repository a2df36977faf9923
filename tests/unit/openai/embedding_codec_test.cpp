#include "openai/embedding_codec.hpp"

#include <gtest/gtest.h>

namespace edgemesh::openai {
namespace {

std::optional<std::string> encoded(std::string_view json) { return floats_to_base64(json::value::first_in(json)); }

TEST(EmbeddingCodec, Case70FloatsBecomeLittleEndianBase64) {
  EXPECT_EQ(encoded("[1,-2]"), "AACAPwAAAMA=");
  EXPECT_EQ(encoded("[ 1.0 , -2.0e0 ]"), "AACAPwAAAMA=");
  EXPECT_EQ(encoded("[]"), "");
}

TEST(EmbeddingCodec, Case72Base64BecomesFloats) {
  EXPECT_EQ(base64_to_floats("AACAPwAAAMA="), "[1,-2]");
  EXPECT_EQ(base64_to_floats(""), "[]");
  EXPECT_EQ(base64_to_floats("AACAPwAAAM"), std::nullopt);
  EXPECT_EQ(base64_to_floats("AACAPwAA"), std::nullopt) << "six bytes are no floats";
  EXPECT_EQ(base64_to_floats("AACAf////////"), std::nullopt);
  EXPECT_EQ(base64_to_floats("AACAfw=="), std::nullopt) << "infinity has no JSON";
  EXPECT_EQ(base64_to_floats("AADAfw=="), std::nullopt) << "NaN has no JSON";
}

TEST(EmbeddingCodec, BothWaysGiveTheSameFloats) {
  const std::string floats = "[0.1,-0.033203125,1e-45,3.4028235e+38,-0,0.016711427,123456.79]";
  const auto packed = encoded(floats);
  ASSERT_TRUE(packed);
  EXPECT_EQ(base64_to_floats(*packed), floats);
}

TEST(EmbeddingCodec, RoundsOnceAndToTheNearestFloat) {
  // Halfway between two floats but for its last digits; over double it would become the tie and go down.
  EXPECT_EQ(encoded("[1.000000059604644775390626]"), encoded("[1.00000012]"));
  EXPECT_EQ(encoded("[1e-60,-1e-60]"), encoded("[0,-0]"));
}

TEST(EmbeddingCodec, RefusesWhatIsNoArrayOfFloats) {
  for (const char* json : {"1", "\"AACAPw==\"", "{}", "[\"1\"]", "[null]", "[[1]]", "[1,1e39]"}) EXPECT_EQ(encoded(json), std::nullopt) << json;
  EXPECT_EQ(floats_to_base64({}), std::nullopt);
}

}  // namespace
}  // namespace edgemesh::openai
