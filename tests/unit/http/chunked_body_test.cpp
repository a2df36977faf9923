#include "http/chunked_body.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

using state = chunked_body::state;

constexpr std::string_view head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

struct outcome {
  state last = state::more;
  std::string body, rest;
};

outcome decode(std::string_view text, std::size_t size = std::string_view::npos, std::size_t limit = 1000) {
  chunked_body decoder(head);
  outcome out;
  std::string in;
  while (!text.empty() && out.last == state::more) {
    in += text.substr(0, size);
    text.remove_prefix(std::min(size, text.size()));
    out.last = decoder.feed(in, out.body, limit);
  }
  out.rest = in + std::string(text);
  return out;
}

TEST(ChunkedBody, Case18EveryByteSplitGivesTheSame) {
  const std::string text = "5\r\nhello\r\n1;name=\"value\"\r\n \r\nA\r\nwide world\r\n0\r\nX-Trailer: 1\r\n\r\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const auto got = decode(text, size);
    EXPECT_EQ(got.last, state::done) << size;
    EXPECT_EQ(got.body, "hello wide world") << size;
  }
}

TEST(ChunkedBody, WhatFollowsIsLeftForTheNextRequest) {
  const auto got = decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_EQ(got.last, state::done);
  EXPECT_EQ(got.body, "a");
  EXPECT_EQ(got.rest, "GET / HTTP/1.1\r\n");
}

TEST(ChunkedBody, WhatCouldBeReadInTwoWaysIsBroken) {
  for (const char* text : {"zz\r\na\r\n", "-1\r\na\r\n", "+1\r\na\r\n0\r\n\r\n", "0x1\r\na\r\n0\r\n\r\n", " 1\r\na\r\n0\r\n\r\n", "1\na\n0\n\n", "1\r\naX0\r\n\r\n", "1\r\na0\r\n\r\n",
                           "\r\n1\r\na\r\n"}) {
    EXPECT_NE(decode(text).last, state::done) << text;
    EXPECT_EQ(decode(std::string(text) + "\r\n\r\n").last, state::broken) << text;
  }
}

TEST(ChunkedBody, Case41ASizeOverTheLimitIsRefusedBeforeItsBytesCome) {
  EXPECT_EQ(decode("3e9\r\n").last, state::too_large);
  EXPECT_EQ(decode("3e8\r\n").last, state::more);
  EXPECT_EQ(decode("ffffffffffffffff\r\n").last, state::too_large);
  EXPECT_NE(decode("ffffffffffffffff1\r\n").last, state::more);
  std::string sum;
  for (int i = 0; i < 200; ++i) sum += "a\r\n0123456789\r\n";
  const auto got = decode(sum, 7);
  EXPECT_EQ(got.last, state::too_large);
  EXPECT_LE(got.body.size(), 1000u);
}

TEST(ChunkedBody, EndlessSizesAndTrailersAreBounded) {
  EXPECT_EQ(decode("1;" + std::string(5000, 'x'), 100).last, state::broken);
  EXPECT_EQ(decode("0\r\nX: " + std::string(5000, 'x'), 100).last, state::broken);
}

}  // namespace
}  // namespace edgemesh::http
