#include "json/value.hpp"

#include <gmock/gmock.h>

#include "json/validate.hpp"

namespace edgemesh::json {
namespace {

value of(std::string_view text) {
  EXPECT_FALSE(validate(text)) << text;
  return value::first_in(text);
}

TEST(Value, TellsItsKind) {
  EXPECT_EQ(of("{}").type(), kind::object);
  EXPECT_EQ(of("[]").type(), kind::array);
  EXPECT_EQ(of("\"\"").type(), kind::string);
  EXPECT_EQ(of("-1").type(), kind::number);
  EXPECT_EQ(of("true").type(), kind::boolean);
  EXPECT_EQ(of("null").type(), kind::null);
  EXPECT_EQ(value().type(), kind::none);
  EXPECT_FALSE(value());
  EXPECT_TRUE(value().absent_or_null());
  EXPECT_TRUE(of("null").absent_or_null());
}

TEST(Value, RawIsExactlyItsBytes) {
  EXPECT_EQ(value::first_in("  {\"a\": [1, \"]}\\\"\"] } trailing").raw(), "{\"a\": [1, \"]}\\\"\"] }");
  EXPECT_EQ(value::first_in(" 12 ,").raw(), "12");
  EXPECT_EQ(value::first_in("\"a\\\\\",1").raw(), "\"a\\\\\"");
  EXPECT_EQ(value::first_in("").raw(), "");
}

TEST(Value, FindsMembersAmongStringsFullOfBrackets) {
  const value v = of(R"( {"x":"}{][\"","list":[{"a":"]"},[]," ["],"y" : { "z" : -1.5e1 } , "last":null})");
  EXPECT_EQ(v.size(), 4u);
  EXPECT_EQ(v["y"]["z"].raw(), "-1.5e1");
  EXPECT_EQ(v["list"].size(), 3u);
  EXPECT_TRUE(v["last"].is_null());
  EXPECT_FALSE(v["absent"]);
  EXPECT_FALSE(v["x"]["y"]);
  EXPECT_FALSE(v["list"]["a"]);
}

TEST(Value, LooksPastLongStringsOfAnyLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string text = "{\"a\":\"" + std::string(size, 'x') + "\\\"}\",\"b\":[\"" + std::string(size, '[') + "\"],\"c\":7}";
    const value v = of(text);
    EXPECT_EQ(v["a"].text_bytes(), size + 2);
    EXPECT_EQ(v["b"].size(), 1u);
    EXPECT_EQ(v["c"].integer(), 7);
  }
}

TEST(Value, TakesTheFirstOfTwoMembersOfOneName) { EXPECT_EQ(of(R"({"a":1,"a":2})")["a"].integer(), 1); }

TEST(Value, PicksSeveralMembersInOnePass) {
  const auto v = of(R"({"b":{"a":0},"a":1,"c":null,"a":2,"\u0064":4})");
  const auto [a, b, c, d, none] = v.pick({"a", "b", "c", "d", "e"});
  EXPECT_EQ(a.integer(), 1);
  EXPECT_EQ(b.raw(), R"({"a":0})");
  EXPECT_TRUE(c.is_null());
  EXPECT_EQ(d.integer(), 4);
  EXPECT_FALSE(none);
}
TEST(Value, PicksNothingFromWhatIsNoObject) {
  for (const char* text : {"[\"a\",1]", "\"a\"", "{}"}) {
    const auto [a, b] = of(text).pick({"a", "b"});
    EXPECT_FALSE(a) << text;
    EXPECT_FALSE(b) << text;
  }
}
TEST(Value, ComparesKeysUnescaped) {
  EXPECT_EQ(of(R"({"mo\u0064el":"x"})")["model"].text(), "x");
  EXPECT_FALSE(of(R"({"a\nb":1})")["a\\nb"]);
  EXPECT_TRUE(of(R"({"a\nb":1})")["a\nb"]);
  EXPECT_FALSE(of(R"({"mod":1})")["model"]);
}

TEST(Value, EqualsComparesContentNotSpelling) {
  EXPECT_TRUE(of(R"("\u0041\ud83d\ude00\/")").equals("A\xF0\x9F\x98\x80/"));
  EXPECT_FALSE(of(R"("\u0041")").equals("B"));
  EXPECT_FALSE(of(R"("\u0041b")").equals("A"));
  EXPECT_FALSE(of(R"("\\")").equals("\\\\"));
  EXPECT_TRUE(of("\"\"").equals(""));
  EXPECT_FALSE(of("1").equals("1"));
}

TEST(Value, UnescapesText) {
  EXPECT_EQ(of(R"("a\"\\\/\b\f\n\r\tz")").text(), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(of(R"("\u00e9\u20ac\ud83d\ude00")").text(), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(of(R"("\u0000")").text(), std::string(1, '\0'));
  EXPECT_EQ(of(R"("\ud83d\ude00x")").text_bytes(), 5u);
  EXPECT_EQ(of("1").text(), std::nullopt);
  EXPECT_EQ(of("null").text_or("d"), "d");
  EXPECT_EQ(of("\"v\"").text_or("d"), "v");
}

TEST(Value, ReadsWholeNumbersExactly) {
  EXPECT_EQ(of("9223372036854775807").integer(), INT64_MAX);
  EXPECT_EQ(of("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_EQ(of("9223372036854775808").integer(), std::nullopt);
  EXPECT_EQ(of("12345678901234567890").integer(), std::nullopt);
  EXPECT_EQ(of("3.0").integer(), 3);
  EXPECT_EQ(of("1e3").integer(), 1000);
  EXPECT_EQ(of("10e-1").integer(), 1);
  EXPECT_EQ(of("1.50E1").integer(), 15);
  EXPECT_EQ(of("1.5").integer(), std::nullopt);
  EXPECT_EQ(of("1e-1").integer(), std::nullopt);
  EXPECT_EQ(of("1e30").integer(), std::nullopt);
  EXPECT_EQ(of("-0").integer(), 0);
  EXPECT_EQ(of("0e99").integer(), 0);
  EXPECT_EQ(of("100").integer(), 100);
  EXPECT_EQ(of("\"1\"").integer(), std::nullopt);
}

TEST(Value, ReadsDoubles) {
  EXPECT_EQ(of("0.25").number(), 0.25);
  EXPECT_EQ(of("1e-999").number(), 0.0);
  EXPECT_EQ(of("12").number(), 12.0);
  EXPECT_EQ(of("true").number(), std::nullopt);
  EXPECT_EQ(of("true").boolean(), true);
  EXPECT_EQ(of("false").boolean(), false);
  EXPECT_EQ(of("0").boolean(), std::nullopt);
}

TEST(Value, IteratesOverMembersAndElements) {
  std::vector<std::string> seen;
  for (const member& m : of("{ \"a\" : 1 , \"b\" : [ 2 ] }").members()) seen.emplace_back(m.span);
  EXPECT_THAT(seen, testing::ElementsAre("\"a\" : 1", "\"b\" : [ 2 ]"));
  seen.clear();
  for (const value v : of("[ 1 , \"x\",{} ,[ ]]").elements()) seen.emplace_back(v.raw());
  EXPECT_THAT(seen, testing::ElementsAre("1", "\"x\"", "{}", "[ ]"));
  EXPECT_EQ(of("[ ]").size(), 0u);
  EXPECT_EQ(of("{ }").size(), 0u);
  EXPECT_EQ(of("\"abc\"").size(), 0u);
}

}  // namespace
}  // namespace edgemesh::json
