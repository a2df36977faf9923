#include "json/writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::json {
namespace {

TEST(Writer, FindsWhatNeedsAnEscapeAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::string plain(size, 'x');
    EXPECT_EQ(json::quoted(plain), '"' + plain + '"');
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain;
      text[at] = '\n';
      EXPECT_EQ(json::quoted(text), '"' + plain.substr(0, at) + "\\n" + plain.substr(at + 1) + '"');
    }
  }
}

TEST(Writer, PlacesCommas) {
  std::string out;
  writer w(out);
  w.begin_object().member("a", 1).member("b", "x").key("c").begin_array().integer(1).null().begin_object().end_object();
  w.boolean(false).begin_array().end_array().raw("{\"r\":1}").end_array().member("d", true).member("e", 0.5).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":"x","c":[1,null,{},false,[],{"r":1}],"d":true,"e":0.5})");
  EXPECT_FALSE(validate(out));
}

TEST(Writer, WritesNumbersThatJsonKnows) {
  std::string out;
  writer w(out);
  w.begin_array().number(1e300).number(-0.1).number(std::nan("")).number(std::numeric_limits<double>::infinity()).integer(INT64_MIN).number(3).end_array();
  EXPECT_EQ(out, "[1e+300,-0.1,null,null,-9223372036854775808,3]");
  EXPECT_FALSE(validate(out));
}

TEST(Writer, WritesThousandthsExactly) {
  std::string out;
  writer w(out);
  w.begin_array().thousandths(0).thousandths(1).thousandths(10).thousandths(100).thousandths(1500).thousandths(-1).thousandths(-2050);
  w.thousandths(123456789012).thousandths(INT64_MIN).end_array();
  EXPECT_EQ(out, "[0,0.001,0.01,0.1,1.5,-0.001,-2.05,123456789.012,-9223372036854775.808]");
}

TEST(Quoted, EscapesWhatMustBe) {
  EXPECT_EQ(quoted("a\"\\/\b\f\n\r\t\x01\x1f\x7f"), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(quoted("\xC3\xA9 \xF0\x9F\x98\x80"), "\"\xC3\xA9 \xF0\x9F\x98\x80\"");
}

TEST(Quoted, EveryInvalidByteBecomesTheReplacementCharacter) {
  EXPECT_EQ(quoted("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(quoted("\xC3\xA9\xE2\x82"), "\"\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Quoted, ReadsBackAsTheSameText) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xE2\x82\xAC" + all + std::string(40, 'x') + "\xF0\x9F\x98\x80\"";
  const std::string text = json::quoted(all);
  ASSERT_FALSE(validate(text));
  EXPECT_EQ(value::first_in(text).text(), all);
}

TEST(Compacted, DropsWhiteSpaceOutsideOfStringsOnly) {
  EXPECT_EQ(compacted(" { \"a b\" : [ 1e2 ,\t\"x \\\" y\" ] ,\r\n\"n\": 12345678901234567890 } "), R"({"a b":[1e2,"x \" y"],"n":12345678901234567890})");
  EXPECT_EQ(compacted("7"), "7");
}

}  // namespace
}  // namespace edgemesh::json
