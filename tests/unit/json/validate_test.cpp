#include "json/validate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace edgemesh::json {
namespace {

bool ok(std::string_view text, const validate_options& options = {}) { return !validate(text, options); }

std::string nested(int levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Validate, AcceptsEveryKindOfValue) {
  for (const char* text : {"null", "true", "false", "0", "-0", "12.5e-3", "1E+2", "\"\"", "[]", "{}", " [ ] ", "\t{\r\n}\n",
                           R"({"a":[1,"x",null,{"b":false}],"c":{}})", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")", "[[],{},[{}]]"})
    EXPECT_TRUE(ok(text)) << text;
}

TEST(Validate, RefusesBadGrammar) {
  for (const char* text : {"", " ", "nul", "nulll", "truE", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "\"", "\"a",
                           "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
                           "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:1}", "{\"a\":1]", "{,}", "1 2", "{}{}", "[] x", "// c\n1", "\"\\x\"", "\"\\",
                           "\"\\u12\"", "\"\\u12g4\"", "-a", "--1", "1.e3", "nullnull"})
    EXPECT_FALSE(ok(text)) << text;
}

TEST(Validate, NamesTheByteWhereItStopped) {
  EXPECT_EQ(validate(R"({"a":1,"b":x})")->offset, 11u);
  EXPECT_EQ(validate("[1,2")->offset, 4u);
  EXPECT_EQ(validate("\"a\nb\"")->offset, 2u);
  EXPECT_EQ(validate("[1] ]")->offset, 4u);
}

TEST(Validate, ChecksUtf8Strictly) {
  for (const char* good : {"\"\xC2\x80\"", "\"\xE0\xA0\x80\"", "\"\xED\x9F\xBF\"", "\"\xEE\x80\x80\"", "\"\xF0\x90\x80\x80\"", "\"\xF4\x8F\xBF\xBF\""})
    EXPECT_TRUE(ok(good)) << good;
  for (const char* bad : {"\"\x80\"", "\"\xC0\xAF\"", "\"\xC1\xBF\"", "\"\xC2\"", "\"\xE0\x9F\xBF\"", "\"\xED\xA0\x80\"", "\"\xE2\x82\"", "\"\xF0\x8F\xBF\xBF\"",
                          "\"\xF4\x90\x80\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xFF\"", "\"\xF0\x9F\x98\""})
    EXPECT_FALSE(ok(bad)) << bad;
  EXPECT_FALSE(ok("\xC2\xA0" "1")) << "white space of Unicode is none of JSON";
}

TEST(Validate, FindsBadBytesAtEveryPositionOfALongString) {
  for (std::size_t at = 0; at < 70; ++at) {
    std::string text = '"' + std::string(70, 'a') + '"';
    for (const char bad : {'\x01', '\x1f', '\xff', '\x80', '\0'}) {
      text[at + 1] = bad;
      const auto error = validate(text);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->offset, at + 1);
    }
    text[at + 1] = '\x7f';
    EXPECT_TRUE(ok(text));
  }
}

TEST(Validate, RefusesAByteOrderMark) { EXPECT_FALSE(ok("\xEF\xBB\xBF{}")); }

TEST(Validate, Case42LoneSurrogateEscapesAreRefused) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\ud800")", R"("\ud800\u0041")", R"("\ud83d\ude0")"})
    EXPECT_FALSE(ok(text)) << text;
  EXPECT_TRUE(ok(R"("\ud83d\ude00")"));
  EXPECT_TRUE(ok(R"("\uD83D\uDE00")"));
}

TEST(Validate, Case42RawNulIsRefusedAndAnEscapedOnePasses) {
  EXPECT_FALSE(ok(std::string_view("\"a\0b\"", 5)));
  EXPECT_FALSE(ok(std::string_view("{}\0", 3)));
  EXPECT_TRUE(ok(R"("\u0000")"));
}

TEST(Validate, Case42DeepNestingIsRefusedAtTheLimit) {
  EXPECT_TRUE(ok(nested(64)));
  EXPECT_FALSE(ok(nested(65)));
  EXPECT_FALSE(ok(nested(10'000)));
  EXPECT_FALSE(ok(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(ok(objects));
  EXPECT_TRUE(ok(nested(1024), {.depth_max = 5000}));
  EXPECT_FALSE(ok(nested(1025), {.depth_max = 5000}));
  EXPECT_FALSE(ok("[]", {.depth_max = 0}));
  EXPECT_TRUE(ok("1", {.depth_max = -3}));
}

TEST(Validate, Case42NumbersThatOverflowAreRefused) {
  for (const char* text : {"1e999", "-1e999", "1e309", "1.8e308", "123456789e301", "0.001e400", "1e99999999999999999999"}) EXPECT_FALSE(ok(text)) << text;
  for (const char* text : {"1e308", "1e-999", "0e999", "0.0000e99999", "1e-99999999999999", "0.000000000000000001e320", "12345678901234567890"}) EXPECT_TRUE(ok(text)) << text;
  EXPECT_TRUE(ok(std::string(64, '9')));
  EXPECT_FALSE(ok(std::string(65, '9')));
  EXPECT_FALSE(ok(std::string(400, '9'), {.number_chars_max = 1000}));
  EXPECT_TRUE(ok(std::string(300, '9'), {.number_chars_max = 1000}));
}

TEST(Validate, KnowsWhichContainerIsOpenAtEveryDepth) {
  std::string text;
  std::string closing;
  for (int i = 0; i < 200; ++i) {
    text += i % 3 == 0 ? "{\"k\":" : "[";
    closing.insert(0, 1, i % 3 == 0 ? '}' : ']');
  }
  EXPECT_TRUE(ok(text + "1" + closing, {.depth_max = 300}));
  for (const std::size_t at : {0u, 63u, 64u, 128u, 199u}) {
    std::string wrong = closing;
    wrong[at] = wrong[at] == ']' ? '}' : ']';
    EXPECT_FALSE(ok(text + "1" + wrong, {.depth_max = 300})) << at;
  }
}

}  // namespace
}  // namespace edgemesh::json
