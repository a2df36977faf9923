#include "openai/sse_parser.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace edgemesh::openai {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Everything that a parser said, as text: "name|data" for events, ":text" for comments.
struct transcript {
  std::vector<std::string> said;
  std::vector<std::string> raw;
  sse_parser::status last = sse_parser::status::ok;

  void feed(sse_parser& parser, std::string_view bytes) {
    // A copy of exact size lets the sanitizer see a read behind it, and makes every view of an older feed dangle.
    const std::vector<char> copy(bytes.begin(), bytes.end());
    last = parser.feed({copy.data(), copy.size()},
                       [this](const sse_event& e) {
                         said.push_back(std::string(e.name) + '|' + std::string(e.data));
                         raw.emplace_back(e.raw);
                       },
                       [this](std::string_view text) { said.push_back(':' + std::string(text)); });
  }
};

transcript parse(std::string_view stream, std::size_t piece = std::string_view::npos) {
  sse_parser parser;
  transcript t;
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) t.feed(parser, stream.substr(0, piece));
  return t;
}

TEST(SseParser, ReadsEventsWithoutCopyingThem) {
  const std::string stream = "data: {\"a\":1}\n\ndata: [DONE]\n\n";
  sse_parser parser;
  std::vector<sse_event> events;
  parser.feed(stream, [&](const sse_event& e) { events.push_back(e); }, nullptr);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].data, "{\"a\":1}");
  EXPECT_EQ(events[0].raw, "data: {\"a\":1}\n\n");
  EXPECT_EQ(events[0].raw.data(), stream.data());
  EXPECT_EQ(events[1].data.data(), stream.data() + 21);
  EXPECT_EQ(parser.pending(), 0u);
}

TEST(SseParser, KeepsAnUnfinishedEventAndOnlyThat) {
  sse_parser parser;
  transcript t;
  t.feed(parser, "data: 1\n\ndata: 2\n");
  EXPECT_THAT(t.said, ElementsAre("|1"));
  EXPECT_EQ(parser.pending(), 8u);
  t.feed(parser, "\n");
  EXPECT_THAT(t.said, ElementsAre("|1", "|2"));
  EXPECT_EQ(t.raw.back(), "data: 2\n\n") << "a split event is canonical too";
  EXPECT_EQ(parser.pending(), 0u);
}

TEST(SseParser, MarksOnlyCanonicalEventsAsRaw) {
  for (const char* other : {"data:x\n\n", "data: x\r\n\r\n", "data: x\r\r", "data: x\n\r\n", "data: x\r\n\n", "event: e\ndata: x\n\n", "data: x\nid: 1\n\n",
                            "data: x\ndata: y\n\n", "data: x\n: c\n\n", "\xEF\xBB\xBF" "data: x\n\n", "event: e\n\n", "data\ndata: x\n\n"}) {
    const transcript t = parse(other);
    ASSERT_EQ(t.raw.size(), 1u) << other;
    EXPECT_EQ(t.raw[0], "") << other;
  }
  EXPECT_THAT(parse("data:  x\n\n").raw, ElementsAre("data:  x\n\n"));
  EXPECT_THAT(parse(": c\ndata: x\n\n").raw, ElementsAre("data: x\n\n"));
  EXPECT_THAT(parse("id: 7\nretry: 3\ndata: x\n\n").raw, ElementsAre("data: x\n\n"));
}

const std::vector<std::string>& streams() {
  static const std::vector<std::string> all = {
      "data: {\"a\":\"\xF0\x9F\x98\x80\"}\n\n: ka\n\ndata: 2\n\nevent: error\ndata: 3\n\ndata: [DONE]\n\n",
      "\xEF\xBB\xBF" "data: {\"a\":\"\xF0\x9F\x98\x80\"}\r\n\r\n: ka\r\n\r\ndata:2\r\n\r\nevent:error\r\ndata:3\r\n\r\ndata:[DONE]\r\n\r\n",
      "data: {\"a\":\"\xF0\x9F\x98\x80\"}\r\r: ka\r\rdata: 2\r\rdata: 3\revent: error\r\rdata: [DONE]\r\r",
      "\xEF\xBB\xBF: ka\n\ndata\n\nid: 1\ndata: a\r\ndata: b\rdata:\ndata: c\n\r\nretry: 5\n\n\n\n\nevent: x\nfoo: bar\n\ndata: tail\n",
  };
  return all;
}

TEST(SseParser, Case18EveryByteSplitGivesTheSame) {
  for (const std::string& stream : streams()) {
    const transcript whole = parse(stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      for (std::size_t second = cut; second <= stream.size(); ++second) {
        sse_parser parser;
        transcript t;
        t.feed(parser, std::string_view(stream).substr(0, cut));
        t.feed(parser, std::string_view(stream).substr(cut, second - cut));
        t.feed(parser, std::string_view(stream).substr(second));
        ASSERT_EQ(t.said, whole.said) << cut << ' ' << second;
        ASSERT_EQ(t.raw, whole.raw) << cut << ' ' << second;
      }
    }
    for (std::size_t piece = 1; piece < 8; ++piece) EXPECT_EQ(parse(stream, piece).said, whole.said);
  }
}

TEST(SseParser, Case19LineEndsSpacesBomAndMultiLineDataDoNotMatter) {
  const auto& s = streams();
  const auto expected = ElementsAre("|{\"a\":\"\xF0\x9F\x98\x80\"}", ": ka", "|2", "error|3", "|[DONE]");
  EXPECT_THAT(parse(s[0]).said, expected);
  EXPECT_THAT(parse(s[1]).said, expected);
  EXPECT_THAT(parse(s[2]).said, expected);
  EXPECT_THAT(parse(s[3]).said, ElementsAre(": ka", "|a\nb\n\nc", "x|")) << "a last event without an empty line is dropped";
  EXPECT_THAT(parse("data: a\ndata: b\n\n").said, ElementsAre("|a\nb"));
  EXPECT_THAT(parse("data:  two spaces\n\n").said, ElementsAre("| two spaces"));
}

TEST(SseParser, Case20CommentsPingsAndUnknownFieldsAreToldApart) {
  EXPECT_THAT(parse(":\n\n: ping\n\n:x\n").said, ElementsAre(":", ": ping", ":x"));
  EXPECT_THAT(parse("event: ping\ndata: {}\n\n").said, ElementsAre("ping|{}"));
  EXPECT_THAT(parse("retry: 3000\n\nid: 4\n\ndata:\n\ndata: \n\nwhatever\n\n\n\r\n").said, IsEmpty());
}

TEST(SseParser, ACommentIsToldBeforeItsEventEnds) {
  sse_parser parser;
  transcript t;
  t.feed(parser, "data: x\n: alive\n");
  EXPECT_THAT(t.said, ElementsAre(": alive"));
  t.feed(parser, "\n");
  EXPECT_THAT(t.said, ElementsAre(": alive", "|x"));
}

TEST(SseParser, CommentsWithoutEmptyLinesAreNotHeldBack) {
  sse_parser parser(64);
  transcript t;
  for (int i = 0; i < 100; ++i) t.feed(parser, ": ka\nid: 12\n");
  EXPECT_EQ(t.last, sse_parser::status::ok);
  EXPECT_EQ(t.said.size(), 100u);
  EXPECT_EQ(parser.pending(), 0u);
}

TEST(SseParser, Case22AFiveMegabyteEventInSmallPiecesIsReadInLinearTime) {
  const std::string data = "{\"arguments\":\"" + std::string(5u << 20, 'x') + "\"}";
  const std::string stream = "data: " + data + "\n\ndata: after\n\n";
  sse_parser parser;
  std::vector<std::size_t> sizes;
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < stream.size(); at += 4096)
    ASSERT_EQ(parser.feed(std::string_view(stream).substr(at, 4096), [&](const sse_event& e) { sizes.push_back(e.raw.size()); }, nullptr),
              sse_parser::status::ok);
  EXPECT_THAT(sizes, ElementsAre(data.size() + 8, 13u));
  EXPECT_EQ(parser.pending(), 0u);
  // Rescanning from the start for each piece would read 3 GB.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(SseParser, Case22AboveTheCapItSaysSoAndHoldsNothing) {
  for (const std::size_t piece : {1u, 7u, 4096u, 1u << 20}) {
    sse_parser parser(1000);
    transcript t;
    const std::string stream = "data: ok\n\ndata: " + std::string(5000, 'x');
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      t.feed(parser, std::string_view(stream).substr(at, piece));
      ASSERT_LE(parser.pending(), 1001u);
    }
    EXPECT_EQ(t.last, sse_parser::status::event_too_large);
    EXPECT_THAT(t.said, ElementsAre("|ok"));
    EXPECT_EQ(parser.pending(), 0u);
    t.feed(parser, "\n\ndata: x\n\n");
    EXPECT_EQ(t.last, sse_parser::status::event_too_large);
    EXPECT_EQ(t.said.size(), 1u);
  }
}

TEST(SseParser, TheCapIsExactForEverySplit) {
  const std::string fits = "data: " + std::string(92, 'x') + "\n\n";
  const std::string over = "data: " + std::string(93, 'x') + "\n\n";
  for (std::size_t cut = 0; cut <= fits.size(); ++cut) {
    sse_parser parser(100);
    transcript t;
    t.feed(parser, fits.substr(0, cut));
    t.feed(parser, fits.substr(cut) + fits + fits);
    EXPECT_EQ(t.said.size(), 3u) << cut;
    t.feed(parser, over.substr(0, cut));
    t.feed(parser, over.substr(cut));
    EXPECT_EQ(t.last, sse_parser::status::event_too_large) << cut;
    EXPECT_EQ(t.said.size(), 3u) << cut;
  }
}

}  // namespace
}  // namespace edgemesh::openai
