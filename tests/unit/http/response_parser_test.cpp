#include "http/response_parser.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

using state = response_parser::state;

struct collected final : body_sink {
  std::string body;
  void on_body(std::string_view bytes) override { body += bytes; }
};

struct outcome {
  state last = state::more;
  response_head head;
  std::string body;
  bool trailing = false;
  friend bool operator==(const outcome& a, const outcome& b) {
    return a.last == b.last && a.head.status == b.head.status && a.head.content_type == b.head.content_type &&
           a.head.retry_after == b.head.retry_after && a.head.keep_alive == b.head.keep_alive && a.body == b.body;
  }
};

/// The text in pieces of `size`, then the end of the connection where it still waits.
outcome read(std::string_view text, std::size_t size = std::string_view::npos) {
  collected sink;
  response_parser parser(sink);
  outcome out;
  while (!text.empty() && out.last == state::more) {
    out.last = parser.feed(text.substr(0, size));
    text.remove_prefix(std::min(size, text.size()));
  }
  if (out.last == state::more) out.last = parser.end();
  if (parser.head_complete()) out.head = parser.head();
  out.body = sink.body;
  out.trailing = parser.trailing();
  return out;
}

const std::string sized = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nhello";
const std::string in_chunks =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nRetry-After: 9\r\n\r\n";
const std::string until_close = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nhello";

TEST(ResponseParser, ReadsEveryFraming) {
  for (const auto& text : {sized, in_chunks, until_close}) {
    const auto got = read(text);
    EXPECT_EQ(got.last, state::done) << text;
    EXPECT_EQ(got.head.status, 200);
    EXPECT_EQ(got.body, "hello");
    EXPECT_FALSE(got.trailing);
  }
  EXPECT_EQ(read(sized).head.retry_after, "7");
  EXPECT_EQ(read(sized).head.content_type, "application/json");
  EXPECT_EQ(read(in_chunks).head.retry_after, "") << "a trailer is no header";
}

TEST(ResponseParser, Case18EveryByteSplitGivesTheSame) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  for (const auto& text : {sized, in_chunks, until_close, interim + sized, interim + in_chunks}) {
    const auto whole = read(text);
    for (std::size_t size = 1; size < text.size(); ++size) EXPECT_EQ(read(text, size), whole) << size << ' ' << text;
  }
}

TEST(ResponseParser, KnowsWhichConnectionsMayBeKept) {
  EXPECT_TRUE(read(sized).head.keep_alive);
  EXPECT_TRUE(read(in_chunks).head.keep_alive);
  EXPECT_FALSE(read(until_close).head.keep_alive);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").head.keep_alive);
}

TEST(ResponseParser, Case23ACutMessageIsBroken) {
  for (std::size_t length = 0; length < sized.size(); ++length) EXPECT_EQ(read(sized.substr(0, length)).last, state::broken) << length;
  for (std::size_t length = 0; length < in_chunks.size(); ++length) EXPECT_EQ(read(in_chunks.substr(0, length)).last, state::broken) << length;
}

TEST(ResponseParser, WhatFollowsAMessageIsNoticed) {
  EXPECT_TRUE(read(sized + "x").trailing);
  EXPECT_TRUE(read(sized + sized).trailing);
  EXPECT_EQ(read(sized + sized).body, "hello");
}

TEST(ResponseParser, WhatIsNoResponseIsBroken) {
  for (const char* text : {"garbage\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "<html></html>\r\n\r\n", "\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX",
                           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"})
    EXPECT_EQ(read(text).last, state::broken) << text;
}

TEST(ResponseParser, AHeadIsBounded) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), 4096).last, state::broken);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20'000; ++i) many += "X-A: 1\r\n";
  EXPECT_EQ(read(many, 4096).last, state::broken);
  std::string interim;
  for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  const auto got = read(interim + sized, 4096);
  EXPECT_FALSE(got.last == state::done && got.head.status >= 200) << "after a hundred interim heads nobody listens any more";
}

TEST(ResponseParser, RecognisesAnotherNode) {
  const auto got = read("HTTP/1.1 200 OK\r\nX-EdgeMesh-Node: fra-1\r\nx-edgemesh-backend: cloud\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(got.head.edgemesh_node, "fra-1");
  EXPECT_EQ(got.head.edgemesh_backend, "cloud");
}

}  // namespace
}  // namespace edgemesh::http
