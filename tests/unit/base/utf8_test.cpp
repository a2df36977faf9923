#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include "base/random_source.hpp"

namespace edgemesh {
namespace {

TEST(Utf8, AcceptsEveryScalarValueAndNothingElse) {
  for (std::uint32_t cp = 0; cp <= 0x10ffff; ++cp) {
    if (cp >= 0xd800 && cp <= 0xdfff) continue;
    std::string text;
    utf8::append(text, cp);
    ASSERT_TRUE(utf8::valid(text)) << cp;
  }
  for (auto bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                   "\x80", "\xFF", "\xC3(", "\xE2\x82(", "\xF0\x9F\x98("})
    EXPECT_EQ(utf8::first_invalid(bad), 0u);
}

TEST(Utf8, FindsTheFirstBadByteWhereverItStands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(at, 'a');
    text += "\xFF tail of some length";
    EXPECT_EQ(utf8::first_invalid(text), at);
  }
  EXPECT_EQ(utf8::first_invalid("abc\xE2\x82"), 3u);  // a truncated tail
  EXPECT_EQ(utf8::first_invalid("日本語 and ascii 日本語"), std::string_view::npos);
}

TEST(Utf8, CutsOnlyAnIncompleteTail) {
  const std::string euro = "x\xE2\x82\xAC", smile = "\xF0\x9F\x98\x80";
  EXPECT_EQ(utf8::complete_prefix(euro), 4u);
  EXPECT_EQ(utf8::complete_prefix(euro.substr(0, 3)), 1u);
  EXPECT_EQ(utf8::complete_prefix(euro.substr(0, 2)), 1u);
  for (std::size_t n = 1; n < 4; ++n) EXPECT_EQ(utf8::complete_prefix(smile.substr(0, n)), 0u);
  EXPECT_EQ(utf8::complete_prefix(smile), 4u);
  EXPECT_EQ(utf8::complete_prefix(""), 0u);
  EXPECT_EQ(utf8::complete_prefix("a\xFF"), 2u);      // bad, but waiting would not mend it
  EXPECT_EQ(utf8::complete_prefix("\xED\xA0"), 2u);   // a surrogate never becomes valid
}

TEST(Utf8, RepairsEachBadByte) {
  EXPECT_EQ(utf8::repaired("a\xFF\xFE" "b"), "a\xEF\xBF\xBD\xEF\xBF\xBD" "b");
  EXPECT_EQ(utf8::repaired("ok"), "ok");
  random_source rng(3);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(rng.below(40), '\0');
    for (auto& c : bytes) c = static_cast<char>(rng.next());
    EXPECT_TRUE(utf8::valid(utf8::repaired(bytes)));
  }
}

TEST(Utf8, AppendsTheReplacementForWhatIsNoScalarValue) {
  std::string text;
  utf8::append(text, 0xd800);
  utf8::append(text, 0x110000);
  EXPECT_EQ(text, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace edgemesh
