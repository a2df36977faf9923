#include "base/base64.hpp"

#include <gtest/gtest.h>

#include "base/random_source.hpp"

namespace edgemesh {
namespace {

TEST(Base64, MatchesTheExamplesOfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (auto [bytes, text] : cases) {
    EXPECT_EQ(base64::encode(bytes), text);
    EXPECT_EQ(base64::decode(text), bytes);
  }
}

TEST(Base64, EncodesLittleEndianFloatsAsSdksExpect) {
  using namespace std::string_literals;
  EXPECT_EQ(base64::encode("\x00\x00\x80\x3F\x00\x00\x00\xC0"s), "AACAPwAAAMA=");
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
  for (auto text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_", "Z=9v", "Zh==", "Zm9=", "=Zm9"}) {
    EXPECT_FALSE(base64::valid(text)) << text;
    EXPECT_FALSE(base64::decode(text)) << text;
  }
}

TEST(Base64, ReturnsAnyBytesUnchanged) {
  random_source rng(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(rng.below(70), '\0');
    for (auto& c : bytes) c = static_cast<char>(rng.next());
    EXPECT_EQ(base64::decode(base64::encode(bytes)), bytes);
  }
}

}  // namespace
}  // namespace edgemesh
