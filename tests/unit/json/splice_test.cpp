#include "json/splice.hpp"

#include <gtest/gtest.h>

#include "json/validate.hpp"

namespace edgemesh::json {
namespace {

std::vector<member> named(value object, std::string_view letters) {
  std::vector<member> found;
  for (const member& m : object.members())
    if (letters.find(m.key.text().value()) != std::string_view::npos) found.push_back(m);
  return found;
}

std::string without(std::string_view text, std::string_view letters, std::string_view append = {}) {
  const value root = value::first_in(text);
  splice s(text);
  s.remove(root, named(root, letters));
  if (!append.empty()) s.append(root, append, "9");
  std::string out = s.apply();
  EXPECT_FALSE(validate(out)) << out;
  return out;
}

TEST(Splice, LeavesAllOtherBytesAlone) {
  const std::string text = " {\"model\" : \"a\",  \"t\":1e2 ,\"x\":[ 1,2 ]}\n";
  const value root = value::first_in(text);
  splice s(text);
  EXPECT_TRUE(s.empty());
  s.replace(root["model"], "\"longer name\"");
  s.replace(root["x"].elements().begin().operator*(), "77");
  EXPECT_FALSE(s.empty());
  EXPECT_EQ(s.apply(), " {\"model\" : \"longer name\",  \"t\":1e2 ,\"x\":[ 77,2 ]}\n");
}

TEST(Splice, RemovesMembersWithTheirCommas) {
  const char* text = R"({ "a":1 , "b":{"q":2}, "c":3 })";
  EXPECT_EQ(without(text, "a"), R"({ "b":{"q":2}, "c":3 })");
  EXPECT_EQ(without(text, "b"), R"({ "a":1, "c":3 })");
  EXPECT_EQ(without(text, "c"), R"({ "a":1 , "b":{"q":2} })");
  EXPECT_EQ(without(text, "ab"), R"({ "c":3 })");
  EXPECT_EQ(without(text, "bc"), R"({ "a":1 })");
  EXPECT_EQ(without(text, "ac"), R"({ "b":{"q":2} })");
  EXPECT_EQ(without(text, "abc"), "{  }");
  EXPECT_EQ(without(text, ""), text);
}

TEST(Splice, AppendsBehindWhatIsKept) {
  EXPECT_EQ(without("{}", "", "z"), R"({"z":9})");
  EXPECT_EQ(without("{ }", "", "z"), R"({"z":9 })");
  EXPECT_EQ(without(R"({"a":1})", "", "z"), R"({"a":1,"z":9})");
  EXPECT_EQ(without(R"({"a":1})", "a", "z"), R"({"z":9})");
  EXPECT_EQ(without(R"({"a":1,"b":2})", "b", "z"), R"({"a":1,"z":9})");
  EXPECT_EQ(without(R"({"a":1,"b":2})", "a", "z"), R"({"b":2,"z":9})");
  EXPECT_EQ(without(R"({"a":1,"b":2,"c":3})", "ac", "z"), R"({"b":2,"z":9})");
}

TEST(Splice, EveryChoiceOfMembersLeavesValidJson) {
  const std::string text = R"({"a":[1,{"x":null}] ,"b":"}", "c":{} ,"d":-1,"e":"\"," })";
  const value root = value::first_in(text);
  for (unsigned choice = 0; choice < 32; ++choice) {
    std::string letters;
    for (int i = 0; i < 5; ++i)
      if (choice >> i & 1) letters += static_cast<char>('a' + i);
    for (const char* append : {"", "z"}) {
      const std::string out = without(text, letters, append);
      const value edited = value::first_in(out);
      EXPECT_EQ(edited.size(), 5 - letters.size() + (*append != 0));
      for (const member& m : root.members()) {
        const bool gone = letters.find(m.key.text().value()) != std::string::npos;
        EXPECT_EQ(edited[m.key.text().value()].raw(), gone ? "" : m.val.raw());
      }
    }
  }
}

TEST(Splice, SeveralAppendsKeepTheirOrder) {
  const std::string text = R"({"a":1})";
  const value root = value::first_in(text);
  splice s(text);
  s.append(root, "x", "true");
  s.replace(root["a"], "2");
  s.append(root, "y\"", "[]");
  EXPECT_EQ(s.apply(), R"({"a":2,"x":true,"y\"":[]})");
}

TEST(Splice, EditsInsideOneAnotherTheOuterOneWins) {
  const std::string text = R"({"a":{"b":1},"c":2})";
  const value root = value::first_in(text);
  splice s(text);
  s.replace(root["a"]["b"], "5");
  s.append(root["a"], "n", "6");
  s.remove(root, named(root, "a"));
  EXPECT_EQ(s.apply(), R"({"c":2})");
}

TEST(Splice, EditsNestedObjectsTogether) {
  const std::string text = R"({"m":[{"r":"x","d":1},{"r":"y"}],"o":{"i":false}})";
  const value root = value::first_in(text);
  const value first = *root["m"].elements().begin();
  splice s(text);
  s.remove(first, named(first, "d"));
  s.append(root["o"], "u", "true");
  s.append(root, "z", "0");
  EXPECT_EQ(s.apply(), R"({"m":[{"r":"x"},{"r":"y"}],"o":{"i":false,"u":true},"z":0})");
}

}  // namespace
}  // namespace edgemesh::json
