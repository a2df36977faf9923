#include "openai/line_parser.hpp"

#include <gmock/gmock.h>

namespace edgemesh::openai {
namespace {

using testing::ElementsAre;

struct transcript {
  std::vector<std::string> lines;
  void feed(line_parser& parser, std::string_view bytes) {
    const std::vector<char> copy(bytes.begin(), bytes.end());
    last = parser.feed({copy.data(), copy.size()}, [this](std::string_view line) { lines.emplace_back(line); });
  }
  void finish(line_parser& parser) {
    last = parser.finish([this](std::string_view line) { lines.emplace_back(line); });
  }
  line_parser::status last = line_parser::status::ok;
};

TEST(LineParser, EveryByteSplitGivesTheSame) {
  const std::string stream = "{\"a\":1}\n\n{\"b\":\"\xE2\x82\xAC\"}\r\n\r\n{\"c\":3}";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    for (std::size_t second = cut; second <= stream.size(); ++second) {
      line_parser parser;
      transcript t;
      t.feed(parser, stream.substr(0, cut));
      t.feed(parser, stream.substr(cut, second - cut));
      t.feed(parser, stream.substr(second));
      EXPECT_EQ(t.lines.size(), 2u);
      EXPECT_EQ(parser.pending(), 7u);
      t.finish(parser);
      ASSERT_THAT(t.lines, ElementsAre("{\"a\":1}", "{\"b\":\"\xE2\x82\xAC\"}", "{\"c\":3}")) << cut << ' ' << second;
      t.finish(parser);
      ASSERT_EQ(t.lines.size(), 3u);
    }
  }
}

TEST(LineParser, LinesInsideTheBytesAreNotCopied) {
  const std::string stream = "one\ntwo\n";
  line_parser parser;
  std::vector<const char*> at;
  parser.feed(stream, [&](std::string_view line) { at.push_back(line.data()); });
  EXPECT_THAT(at, ElementsAre(stream.data(), stream.data() + 4));
}

TEST(LineParser, FinishTakesACarriageReturnOff) {
  line_parser parser;
  transcript t;
  t.feed(parser, "x\r");
  t.finish(parser);
  EXPECT_THAT(t.lines, ElementsAre("x"));
  line_parser empty;
  t.finish(empty);
  EXPECT_EQ(t.lines.size(), 1u);
}

TEST(LineParser, TheCapIsExactForEverySplit) {
  for (std::size_t cut = 0; cut <= 12; ++cut) {
    line_parser parser(10);
    transcript t;
    const std::string fits = "0123456789\r\n", over = "0123456789a\n";
    t.feed(parser, fits.substr(0, cut));
    t.feed(parser, fits.substr(cut) + fits);
    EXPECT_THAT(t.lines, ElementsAre("0123456789", "0123456789")) << cut;
    t.feed(parser, over.substr(0, cut));
    t.feed(parser, over.substr(cut));
    EXPECT_EQ(t.last, line_parser::status::line_too_large) << cut;
    t.feed(parser, "x\n");
    EXPECT_EQ(t.last, line_parser::status::line_too_large);
    EXPECT_EQ(t.lines.size(), 2u);
  }
}

TEST(LineParser, AnEndlessLineIsNotHeld) {
  line_parser parser(1000);
  transcript t;
  for (int i = 0; i < 100; ++i) {
    t.feed(parser, std::string(100, 'x'));
    ASSERT_LE(parser.pending(), 1001u);
  }
  EXPECT_EQ(t.last, line_parser::status::line_too_large);
  t.finish(parser);
  EXPECT_EQ(t.last, line_parser::status::line_too_large);
  EXPECT_TRUE(t.lines.empty());
}

}  // namespace
}  // namespace edgemesh::openai
