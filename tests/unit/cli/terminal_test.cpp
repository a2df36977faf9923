#include "cli/terminal.hpp"

#include <gtest/gtest.h>

#include "cli/text_table.hpp"

namespace edgemesh::cli {
namespace {

TEST(Terminal, ControlCharactersOfTheNetworkDoNotReachIt) {
  EXPECT_EQ(printable("\x1b[2Jclear\x07"), "[2Jclear");
  EXPECT_EQ(printable("\x1b]0;title\x1b\\"), "]0;title\\");
  EXPECT_EQ(printable(std::string("a\0b\x7f", 4)), "ab");
  EXPECT_EQ(printable("c1 \xc2\x9b csi"), "c1  csi");
}
TEST(Terminal, DirectionMarksAreRemoved) { EXPECT_EQ(printable("a\xe2\x80\xae" "b\xe2\x81\xa6" "c"), "abc"); }
TEST(Terminal, OrdinaryTextStays) { EXPECT_EQ(printable("Grüße, 世界 🙂"), "Grüße, 世界 🙂"); }
TEST(Terminal, InvalidUtf8IsReplaced) { EXPECT_EQ(printable("a\xff"), "a\xef\xbf\xbd"); }
TEST(Terminal, LineBreaksStayOnlyWhereTheyBelong) {
  EXPECT_EQ(printable("a\nb\tc\r\n"), "a b c ");
  EXPECT_EQ(printable("a\nb\tc\r\n", true), "a\nb\tc\n");
}

TEST(TextTable, ColumnsAreAlignedByCharacters) {
  text_table t({"NAME", "N"});
  t.add({"grün", "1"});
  t.add({"long name", ""});
  EXPECT_EQ(t.to_string(), "NAME       N\ngrün       1\nlong name  -\n");
}
TEST(TextTable, CellsAreMadePrintable) {
  text_table t({"A"});
  t.add({"x\x1b[31m\ny"});
  EXPECT_EQ(t.to_string(), "A\nx[31m y\n");
}
TEST(TextTable, KnowsWhenItHasNoRows) {
  text_table t({"A"});
  EXPECT_TRUE(t.empty());
  t.add({"x"});
  EXPECT_FALSE(t.empty());
}

}  // namespace
}  // namespace edgemesh::cli
